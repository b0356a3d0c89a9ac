"""Gadgets that lie on this machine, built: their manifests, and the bytes that views load."""

from __future__ import annotations

import base64
import gzip
import hashlib
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from ggui_core.errors import BootError
from ggui_core.protocol.gadgets import RegistryDescriptor
from ggui_gadgets.manifest import MANIFEST, BadManifest, GadgetManifest, faults_of, read_manifest

BUNDLE: Final = "bundle.js"
STYLE: Final = "style.css"
BUILT: Final = "dist"
"""Where the build of a gadget writes both."""

MAX_BUNDLE_BYTES: Final = 5_242_880
"""What a registry takes (spec 07 section 11)."""


@dataclass(frozen=True, slots=True)
class BundleFile:
    """One file of a built gadget."""

    plain: bytes
    gzipped: bytes
    digest: str

    @classmethod
    def read(cls, path: Path) -> BundleFile:
        """Read and compress it.

        Raises:
            OSError: it is not there, or cannot be read.
            ValueError: it is larger than a registry would take.
        """
        with path.open("rb") as opened:
            plain = opened.read(MAX_BUNDLE_BYTES + 1)
        if len(plain) > MAX_BUNDLE_BYTES:
            raise ValueError(f"has more than {MAX_BUNDLE_BYTES} bytes")
        return cls(plain, gzip.compress(plain, 6, mtime=0), hashlib.sha256(plain).hexdigest())

    @property
    def sri(self) -> str:
        """What ``integrity`` of an HTML element takes."""
        return f"sha384-{base64.b64encode(hashlib.sha384(self.plain).digest()).decode()}"

    @property
    def version(self) -> str:
        """What stands for the content in its address."""
        return self.digest[:12]


@dataclass(frozen=True, slots=True)
class GadgetFolder:
    """A gadget on this machine.

    Attributes:
        files: ``bundle.js``, and ``style.css`` if its build wrote one.
    """

    manifest: GadgetManifest
    files: dict[str, BundleFile]

    @property
    def path(self) -> str:
        """The address below which this server serves it, as a registry would (spec 07 section 15.3)."""
        return f"/bundles/public/{self.manifest.package}/{self.manifest.version}"

    def row(self, base_url: str) -> RegistryDescriptor:
        """What the catalog says of it. Each address names its content, so that browsers may keep it for good."""

        def address(name: str) -> str | None:
            file = self.files.get(name)
            return None if file is None else f"{base_url}{self.path}/{name}?v={file.version}"

        bundle_url, style_url = address(BUNDLE), address(STYLE)
        return self.manifest.row(
            bundle_url=bundle_url, bundle_sri=self.files[BUNDLE].sri, style_url=style_url
        )


def read_folder(path: Path, shown: str) -> GadgetFolder:
    """The gadget in a folder.

    Args:
        shown: How the operator wrote it.

    Raises:
        BootError: one line for each thing to mend.
    """
    try:
        manifest = read_manifest(path / MANIFEST)
        manifest.row()
    except BadManifest as bad:
        raise BootError(*(f"{shown}/{MANIFEST}: {fault}" for fault in bad.faults)) from None
    except ValidationError as error:
        raise BootError(*(f"{shown}/{MANIFEST}: {fault}" for fault in faults_of(error))) from None
    files: dict[str, BundleFile] = {}
    for name in (BUNDLE, STYLE):
        try:
            files[name] = BundleFile.read(_own(path, name))
        except FileNotFoundError:
            if name == BUNDLE:
                raise BootError(f"{shown}/{BUILT}/{name} is not there; build the gadget first") from None
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise BootError(f"{shown}/{BUILT}/{name}: {reason}") from None
    return GadgetFolder(manifest, files)


def _own(folder: Path, name: str) -> Path:
    """A built file of a folder; what is served to everybody is nothing that a link in somebody's package leads to.

    Raises:
        OSError: it is not there.
        ValueError: it is no file, or none of this folder.
    """
    path = folder / BUILT / name
    if not stat.S_ISREG(path.stat().st_mode):
        raise ValueError("is no file")
    if not path.resolve().is_relative_to(folder.resolve()):
        raise ValueError("is a link that leads out of the folder; put the file itself there")
    return path
