"""The shop of `VLGui/Shop`: products, search, pages, customers, rewards."""
