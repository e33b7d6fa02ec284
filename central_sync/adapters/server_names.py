"""Reads for which hosts a server's certificate was made."""

from pathlib import Path

from cryptography import x509


def hosts_of(path: Path) -> tuple[str, ...]:
    """Return the hosts in the certificate at `path`; none where there is no certificate."""
    try:
        one = x509.load_pem_x509_certificate(path.read_bytes())
        names = one.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, x509.ExtensionNotFound):
        return ()
    hosts = names.get_values_for_type(x509.DNSName)
    return (*hosts, *(str(one) for one in names.get_values_for_type(x509.IPAddress)))
