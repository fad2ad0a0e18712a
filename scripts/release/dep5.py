# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's machine-readable copyright files (copyright-format 1.0), as SPDX licence expressions."""
import re

from license_expression import get_spdx_licensing

FORMAT = re.compile(r"^https?://(www\.)?debian\.org/doc/packaging-manuals/copyright-format/1\.0/?$")

# Debian's short names that are another name of SPDX's.
OTHER_NAMES = {
    "expat": "MIT", "zlib": "Zlib", "cc0": "CC0-1.0", "apache-2": "Apache-2.0", "artistic": "Artistic-1.0-Perl",
    "bsd-2-clauses": "BSD-2-Clause", "bsd-3-clauses": "BSD-3-Clause", "boost-1.0": "BSL-1.0", "python-2": "PSF-2.0",
    "sil-1.1": "OFL-1.1", "ofl-1.1": "OFL-1.1",
}
FAMILIES = {"gpl": "GPL", "lgpl": "LGPL", "agpl": "AGPL", "gfdl": "GFDL", "gfdl-niv": "GFDL"}
KNOWN = {name.lower(): name for name in get_spdx_licensing().known_symbols if not name.startswith("LicenseRef")}


def spdx_id(name):
    """SPDX's id of one of Debian's short names, or None."""
    lower = name.lower()
    found = re.fullmatch(r"(l?gpl|agpl|gfdl|gfdl-niv)-v?(\d+)(\.\d+)?(\+|-or-later|-only)?", lower)
    if found:
        family, major, minor, later = found.groups()
        number = f"{FAMILIES[family]}-{major}{minor or '.0'}".replace("GFDL-1.0", "GFDL-1.1")
        number += "-no-invariants" if family == "gfdl-niv" else ""
        result = number + ("-or-later" if later in ("+", "-or-later") else "-only")
        return KNOWN.get(result.lower())
    return OTHER_NAMES.get(lower) or KNOWN.get(lower)


def paragraphs(text):
    """Each stanza: name of a field in small letters -> its value, lines as they are."""
    for block in re.split(r"\n[ \t]*\n", text.strip()):
        fields, name = {}, None
        for line in block.splitlines():
            if line[:1] in (" ", "\t"):
                if name:
                    fields[name] += "\n" + ("" if line.strip() == "." else line.strip())
            elif ":" in line and not line.startswith("#"):
                name, value = line.split(":", 1)
                name = name.lower()
                fields[name] = value.strip()
        yield fields


class Copyright:
    """expression: SPDX's, or None if the file is not machine readable. own: id -> (name, text) of its LicenseRefs."""

    def __init__(self, package, text):
        self.package, self.own, self.expression, self.texts = package, {}, None, {}
        stanzas = list(paragraphs(text))
        if not stanzas or not FORMAT.match(stanzas[0].get("format", "")):
            return
        names = []
        for stanza in stanzas:
            short, _, body = stanza.get("license", "").partition("\n")
            if short and body.strip():
                self.texts.setdefault(short.strip(), body.strip())
            if "files" in stanza and short:
                names.append(short.strip())
        parts = sorted({self.translate(name) for name in names})
        if parts:
            self.expression = " AND ".join(f"({part})" if " " in part and len(parts) > 1 else part for part in parts)

    def translate(self, text):
        """A comma before "and" and "or" binds less than the words, "and" more than "or"."""
        for pattern, word in ((r",\s*or\s+", "OR"), (r",\s*and\s+|,\s*", "AND"), (r"\s+or\s+", "OR"), (r"\s+and\s+", "AND")):
            parts = [part.strip() for part in re.split(pattern, text, flags=re.I) if part.strip()]
            if len(parts) > 1:
                inner = [self.translate(part) for part in parts]
                return f" {word} ".join(f"({part})" if " " in part else part for part in inner)
        return spdx_id(text) or self.reference(text)

    def reference(self, name):
        key = f"LicenseRef-{self.package}-" + (re.sub(r"[^A-Za-z0-9.-]+", "-", name).strip("-") or "other")
        key = key.replace("+", "-")
        text = self.texts.get(name) or f'Debian\'s copyright file of {self.package} names it "{name}", without a text of its own.'
        self.own[key] = (name, text)
        return key
