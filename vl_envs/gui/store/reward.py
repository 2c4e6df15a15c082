"""What a purchase earns: WebShop's reward, for what was asked and what was bought.

Source: Yao et al. 2022, WebShop (arXiv 2207.01206), section 3.1, and its ``engine/goal.py``::

    r = r_type · (|U_att ∩ Y_att| + |U_opt ∩ Y_opt| + 1[y_price ≤ u_price])
               / (|U_att| + |U_opt| + 1)

with U what the user asked for and Y what was bought.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

TERMS = ("attributes", "options", "price")


@dataclass(frozen=True)
class Wish:
    """What a customer asked for.

    Attributes:
        category: the type of product.
        department: what the type belongs to.
        attributes: words that must be true of it, such as ``cotton`` or ``slim fit``.
        options: what must be chosen: name -> value.
        limit: the highest price, in cents; None if the price does not matter.
    """

    category: str
    department: str
    attributes: tuple[str, ...]
    options: Mapping[str, str]
    limit: int | None


@dataclass(frozen=True)
class Purchase:
    """One bought thing, as far as the reward looks at it; see `Wish`."""

    category: str
    department: str
    attributes: Collection[str]
    options: Mapping[str, str]
    price: int


def type_share(wish: Wish, bought: Purchase) -> float:
    """Return r_type: 1 for the type, .5 for another one of its department, else 0.

    WebShop compares categories, and the nouns of both titles, which a parser finds; where they
    share little, r_type is .5, .1 or 0. Here the types are known. WebShop's detour lets brand and
    material count as nouns of the title, so that cotton trousers may pass for a cotton shirt.
    """
    if bought.category == wish.category:
        return 1.0
    return 0.5 if bought.department == wish.department else 0.0


def satisfies(wish: Wish, bought: Purchase) -> bool:
    """Tell whether a purchase is all that was asked for: its reward is 1."""
    return (
        bought.category == wish.category
        and set(wish.attributes) <= set(bought.attributes)
        and all(bought.options.get(name) == value for name, value in wish.options.items())
        and (wish.limit is None or bought.price <= wish.limit)
    )


def purchase_terms(wish: Wish, bought: Purchase) -> dict[str, float]:
    """Split the reward of one purchase, in [0, 1], into its `TERMS`; it is their sum.

    As in WebShop, a price that does not matter is one that always fits. The intersections are
    over what was asked, so that chosen options that nobody asked for earn nothing.
    """
    attributes = len(set(wish.attributes) & set(bought.attributes))
    options = sum(bought.options.get(name) == value for name, value in wish.options.items())
    fits = wish.limit is None or bought.price <= wish.limit
    share = type_share(wish, bought) / (len(set(wish.attributes)) + len(wish.options) + 1)
    return {"attributes": share * attributes, "options": share * options, "price": share * fits}


def order_terms(wish: Wish, order: Sequence[Purchase]) -> dict[str, float]:
    """Split the reward of a whole order, in [0, 1], into its `TERMS`.

    One thing was asked for. WebShop sells one; here a cart may hold several, and then the order is
    worth that of its *worst* item, divided by the number of items: whoever buys everything in
    sight is paid for the wrong things among them, and two right ones are not twice as right.
    An empty order is worth 0.
    """
    if not order:
        return dict.fromkeys(TERMS, 0.0)
    each = [purchase_terms(wish, bought) for bought in order]
    worst = min(each, key=lambda terms: sum(terms.values()))
    return {name: value / len(order) for name, value in worst.items()}
