"""OpenSSF model signatures (OMS) beside registered models, for those who are no store.

A signature covers every file of a model's folder and can be verified without a repository, by the
`model_signing` program or `central-sync model verify`. It says where a model comes from; which
model a store may run is said by the signed repository alone, and stores need none of this. The
library that makes them is not part of a plain installation (`pip install endcap[oms]`).
"""

from pathlib import Path

from central_sync.ports.releases import RepositoryError
from endcap.plumbing.files import sync_folder

SIGNATURE = "model.sig"


class ModelSignatures:
    """Signs models with the private key in a PEM file."""

    def __init__(self, key: Path) -> None:
        self._key = key

    def of(self, folder: Path) -> bytes:
        """Return the signature of the model in `folder`; it is made when there is none.

        Raises:
            RepositoryError: the key or the library cannot be used.
        """
        place = folder / SIGNATURE
        if not place.exists():
            self._sign(folder, place)
        return place.read_bytes()

    def _sign(self, folder: Path, place: Path) -> None:
        """Write the signature whole, beside the files it covers."""
        try:
            from model_signing import hashing, signing  # noqa: PLC0415 - heavy, and optional
        except ImportError as error:
            raise RepositoryError(_MISSING) from error
        part = folder.parent / f".{folder.name}.{SIGNATURE}"
        # Named as it will lie there, so that who verifies leaves the signature itself out.
        hashed = hashing.Config()  # type: ignore[no-untyped-call]
        covered = hashed.set_ignored_paths(paths=[Path(SIGNATURE)])
        try:
            config = signing.Config()  # type: ignore[no-untyped-call]
            signer = config.use_elliptic_key_signer(private_key=self._key)
            signer.set_hashing_config(covered).sign(folder, part)
        except (ValueError, TypeError, OSError) as error:
            raise RepositoryError(f"{folder} was not signed: {_line(error)}") from error
        part.replace(place)
        sync_folder(folder)


def verify_model(folder: Path, public_key: Path) -> None:
    """Verify the signature in `folder` with a public key in PEM, by the library's own verifier.

    Raises:
        RepositoryError: a file changed, is missing or is new; another key signed; or the library
            is not installed.
    """
    try:
        from model_signing import verifying  # noqa: PLC0415 - heavy, and optional
    except ImportError as error:
        raise RepositoryError(_MISSING) from error
    try:
        config = verifying.Config()  # type: ignore[no-untyped-call]
        verifier = config.use_elliptic_key_verifier(public_key=public_key)
        verifier.verify(folder, folder / SIGNATURE)
    except Exception as error:  # the library promises no kind: whatever fails, it is not verified
        raise RepositoryError(f"{folder} is not what was signed: {_line(error)}") from error


_MISSING = "model signatures need another library: pip install 'endcap[oms]'"


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
