"""Panda3D's software renderer, TinyDisplay: one engine a process, one screen for each size.

It needs no GPU and no display. Pixels depend on the scene alone: Panda3D's caches of transforms and
states are off, as they round numbers by what was drawn before.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from vl_envs.alfworld.rendering.materials import TEXTURES, texture
from vl_envs.alfworld.rendering.mesh import Mesh
from vl_envs.core.errors import require

FIELD_OF_VIEW = 64.0
"""Degrees, along the shorter side of the picture."""
NEAR, FAR = 0.12, 14.0
FINE = 2
"""Pixels are drawn this many times finer along each side, then averaged."""
MOST_MODELS = 4000
"""So many models are kept."""
SETTINGS = """
load-display p3tinydisplay
window-type offscreen
audio-library-name null
transform-cache 0
state-cache 0
garbage-collect-states 0
textures-power-2 down
notify-level error
notify-level-display fatal
"""

Made = TypeVar("Made")

_engines: dict[int, Engine] = {}


def engine() -> Engine:
    """Return the engine of this process, made at the first call."""
    if os.getpid() not in _engines:
        _engines.clear()
        _engines[os.getpid()] = Engine()
    return _engines[os.getpid()]


class Engine:
    """Models, textures and screens of this process.

    Raises:
        ImportError: panda3d is not installed.
    """

    def __init__(self) -> None:
        self.p3d: Any = require("panda3d.core", "household")
        self.p3d.loadPrcFileData("vl_envs.alfworld", SETTINGS)
        self._graphics = self.p3d.GraphicsEngine.get_global_ptr()
        choice = self.p3d.GraphicsPipeSelection.get_global_ptr()
        self._pipe = choice.make_pipe("TinyOffscreenGraphicsPipe", "p3tinydisplay")
        if self._pipe is None:
            self._pipe = choice.make_default_pipe()
        self._screens: dict[tuple[int, int], tuple[Any, Any]] = {}
        self._models: dict[Hashable, Any] = {}
        self._textures: dict[tuple[str, int], Any] = {}

    def once(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """Return what was made for a key, made now if it is new."""
        if key not in self._models:
            if len(self._models) > MOST_MODELS:
                self._models.clear()
            self._models[key] = make()
        made: Made = self._models[key]
        return made

    def model(self, key: Hashable, make: Callable[[], Mesh], style: int = 0) -> Any:
        """Return the node of a model, made once for each key."""
        return self.once(key, lambda: self.node(make(), style))

    def node(self, mesh: Mesh, style: int = 0) -> Any:
        """Return a node that draws a mesh, with the textures of a style."""
        p3d = self.p3d
        node = p3d.GeomNode("model")
        for tex, clear, corners, triangles in sorted(mesh.baked(), key=lambda part: part[1]):
            data = p3d.GeomVertexData("mesh", p3d.GeomVertexFormat.get_v3c4t2(), p3d.Geom.UH_static)
            data.unclean_set_num_rows(len(corners))
            data.modify_array_handle(0).copy_data_from(corners.tobytes())
            faces = p3d.GeomTriangles(p3d.Geom.UH_static)
            faces.set_index_type(p3d.Geom.NT_uint16)
            indices = faces.modify_vertices()
            indices.unclean_set_num_rows(triangles.size)
            indices.modify_handle().copy_data_from(triangles.astype("<u2").tobytes())
            geom = p3d.Geom(data)
            geom.add_primitive(faces)
            node.add_geom(geom, self._state(tex, clear, style))
        return node

    def _state(self, tex: str, clear: bool, style: int) -> Any:
        p3d = self.p3d
        attributes = [p3d.ColorAttrib.make_vertex()]
        if tex:
            attributes.append(p3d.TextureAttrib.make(self._texture(tex, style)))
        if clear:
            attributes += [
                p3d.TransparencyAttrib.make(p3d.TransparencyAttrib.M_alpha),
                p3d.DepthWriteAttrib.make(p3d.DepthWriteAttrib.M_off),
            ]
        else:
            # In the order of the scene. Panda3D would sort by addresses in memory, and where two
            # faces are equally far away, pixels would differ from run to run.
            attributes.append(p3d.CullBinAttrib.make("background", 0))
        return p3d.RenderState.make(*attributes)

    def _texture(self, name: str, style: int) -> Any:
        key = name, style if name in TEXTURES else 0
        if key not in self._textures:
            p3d = self.p3d
            pixels = np.ascontiguousarray(texture(*key)[::-1, :, ::-1])
            tex = p3d.Texture(name)
            tex.setup_2d_texture(
                pixels.shape[1], pixels.shape[0], p3d.Texture.T_unsigned_byte, p3d.Texture.F_rgb
            )
            tex.set_ram_image(pixels.tobytes())
            tex.set_wrap_u(p3d.SamplerState.WM_repeat)
            tex.set_wrap_v(p3d.SamplerState.WM_repeat)
            tex.set_minfilter(p3d.SamplerState.FT_nearest_mipmap_nearest)
            tex.set_magfilter(p3d.SamplerState.FT_linear)
            self._textures[key] = tex
        return self._textures[key]

    def camera(self, image_size: tuple[int, int]) -> Any:
        """Return a new camera for pictures of a size (height, width)."""
        p3d = self.p3d
        lens = p3d.PerspectiveLens()
        height, width = image_size
        short = np.tan(np.radians(FIELD_OF_VIEW / 2))
        across, up = (
            2 * np.degrees(np.arctan(short * n / min(image_size))) for n in (width, height)
        )
        lens.set_fov(float(across), float(up))
        lens.set_near_far(NEAR, FAR)
        return p3d.Camera("eye", lens)

    def shoot(self, camera: Any, image_size: tuple[int, int]) -> NDArray[np.uint8]:
        """Return the picture, uint8 [H, W, 3], that a camera in a scene takes."""
        if image_size not in self._screens:
            self._screens[image_size] = self._screen(image_size)
        screen, region = self._screens[image_size]
        region.set_camera(camera)
        screen.set_active(True)
        self._graphics.render_frame()
        screen.set_active(False)
        region.set_camera(self.p3d.NodePath())
        shot = screen.get_screenshot()
        height, width = image_size
        pixels = np.frombuffer(shot.get_ram_image(), np.uint32)
        pixels = pixels.reshape(height, FINE, width * FINE)
        pixels = _mean(pixels[:, 0], pixels[:, 1])
        pixels = _mean(pixels[:, 0::2], pixels[:, 1::2])
        channels = pixels.view(np.uint8).reshape(height, width, 4)
        return np.ascontiguousarray(channels[::-1, :, 2::-1])

    def _screen(self, image_size: tuple[int, int]) -> tuple[Any, Any]:
        p3d = self.p3d
        height, width = image_size
        bits = p3d.FrameBufferProperties()
        bits.set_rgba_bits(8, 8, 8, 8)
        bits.set_depth_bits(24)
        size = p3d.WindowProperties.size(width * FINE, height * FINE)
        screen = self._graphics.make_output(
            self._pipe, "screen", 0, bits, size, p3d.GraphicsPipe.BF_refuse_window
        )
        if screen is None:
            raise RuntimeError(f"panda3d made no screen of {width} x {height} pixels")
        screen.set_clear_color((0.55, 0.6, 0.65, 1))
        return screen, screen.make_display_region()


def _mean(one: NDArray[np.uint32], other: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Return the mean of two pictures, all four bytes of each pixel at once."""
    mean: NDArray[np.uint32] = (one & other) + (((one ^ other) >> 1) & np.uint32(0x7F7F7F7F))
    return mean
