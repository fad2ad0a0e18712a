#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# make release: what it refuses, what is in a release, and that it has the same bits each time. The scripts are this tree's, in a
# history that the test makes; the build is played, with small files for images.
# bats file_tags=bootless
# Ids in what is looked for are in backquotes, and each test has its own R and KEY.
# shellcheck disable=SC2016,SC2030,SC2031,SC2164

bats_require_minimum_version 1.5.0

setup_file() {
	export TOP
	TOP=$(realpath "$BATS_TEST_DIRNAME/../..")
}

setup() {
	OUT=$BATS_TEST_TMPDIR REPO=$BATS_TEST_TMPDIR/repo
	unset VFPROOF_BUILD VFPROOF_LOCKED KEY
	export HOME=$OUT GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@lab.example GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@lab.example
	export GIT_AUTHOR_DATE='2026-01-02T03:04:05Z' GIT_COMMITTER_DATE='2026-01-02T03:04:05Z'
	mkdir -p "$REPO/scripts/build" "$REPO/docs" "$REPO/runner/model"
	cd "$REPO"
	cp -r "$TOP/configs" .
	cp "$TOP/.gitignore" .
	cp -r "$TOP/scripts/lib.sh" "$TOP/scripts/in-root" "$TOP/scripts/release" scripts/
	cp "$TOP/docs/cases.md" "$TOP/docs/settings.md" "$TOP/docs/report.schema.json" docs/
	cp "$TOP/runner/model/catalogue.h" runner/model/
	printf '# What is new\n\n## v1.0.0\n\n- The first.\n\n## v1.0.1\n\n- The second.\n' >docs/CHANGELOG.md
	printf '#!/bin/bash\n' >scripts/setup
	play_build
	chmod +x scripts/setup scripts/build/all
	git init -q
	commit first
}

# scripts/build/all that writes small images, and the manifest as the real one has it.
play_build() {
	cat >scripts/build/all <<-'END'
		#!/bin/bash
		set -euo pipefail
		. "$(dirname "$0")/../lib.sh"
		mkdir -p "$BUILD/out/netboot/grub"
		cd "$BUILD/out"
		tag=${PLAY_REVISION:-$(revision)}
		echo kernel >vmlinuz
		echo "menu of $tag" >netboot/grub/grub.cfg
		printf '#!/bin/sh\necho "vfproof %s"\n' "$tag" >vfproof
		chmod +x vfproof
		files=(vmlinuz netboot/grub/grub.cfg vfproof)
		printf '%s 100755 usr/bin/busybox\n' "$(sha256sum </usr/bin/busybox | cut -d' ' -f1)" >../image.list
		for file in "${files[@]}"; do
			printf '%s\t%s\t%s\n' "$file" "$(stat -c %s "$file")" "$(sha256sum <"$file" | cut -d' ' -f1)"
		done >../images
		jq -n --arg revision "$tag" --arg kernel "$(cd /lib/modules && echo *)" --rawfile images ../images \
			--rawfile packages <(dpkg-query -W -f '${Package}\t${Version}\n' | sort) \
			--rawfile sources <(cd /usr/src/vfproof && sha256sum ./*.orig.tar.* | sed 's# \./# #' | sort -k2) '
			def rows: split("\n") | map(select(. != "") | split("\t"));
			{ revision: $revision, kernel: $kernel, firmware: { included: [{ package: "firmware-qlogic" }] },
				images: ($images | rows | map({ name: .[0], size: (.[1] | tonumber), sha256: .[2] })),
				sources: ($sources | split("\n") | map(select(. != "") | capture("^(?<sha256>[0-9a-f]+) +(?<name>.*)$"))),
				packages: ($packages | rows | map({ name: .[0], version: .[1] })) }' >manifest.json
		[ -z "${PLAY_OLD:-}" ] || sed -i 's/"version": "1:*\([0-9]\)/"version": "0\1/' manifest.json
		sha256sum "${files[@]}" manifest.json >SHA256SUMS
		[ -z "${PLAY_DAMAGE:-}" ] || echo damage >>vmlinuz
		[ -z "${PLAY_CHANGE:-}" ] || echo change >>"$TOP/docs/cases.md"
	END
}

commit() {
	git add -A
	git commit -q -m "$1"
}

# The release of the tag $1, made now. Its folder is R.
release() {
	git tag -a -m "$1" "$1"
	scripts/release/make
	R=$REPO/build/release/$1
}

# refused TEXT [VARIABLE=VALUE...]: make release says TEXT, and leaves nothing that looks like a release.
refused() {
	run -3 env "${@:2}" scripts/release/make
	echo "$output"
	[[ $output == *"$1"* ]]
	[ "$(find build/release -mindepth 1 -maxdepth 1 -name 'v*' ! -name '*.partial' 2>/dev/null)" = "" ]
}

@test "a tree with changes, or with new files, is no release" {
	git tag -a -m one v1.0.0
	echo change >>docs/cases.md
	refused "changes that are in no commit"
	[[ $output == *"M docs/cases.md"* ]]
	git checkout -q docs/cases.md
	touch docs/new
	refused "?? docs/new"
	rm docs/new
	[ ! -e build/out ]
	scripts/release/make
}

@test "a commit without a tag, or with two, is no release; nor is a tag of another form, or without a message" {
	refused "no release without a tag: $(git rev-parse --short=12 HEAD) has none"
	git tag v1.0.0
	refused "it has no message"
	git tag -d v1.0.0
	for tag in v1.0 v1.0.0-rc1 v01.0.0; do
		git tag -a -m x "$tag"
		refused "it is not vMAJOR.MINOR.PATCH"
		git tag -d "$tag"
	done
	git tag -a -m x v1.0.0
	git tag -a -m x v1.0.1
	refused "more than one tag: v1.0.0 v1.0.1"
	git tag -d v1.0.1
	git commit -q --allow-empty -m second
	refused "no release without a tag"
	[ ! -e build/out ]
}

@test "no release without a word on it, nor without git, nor with a key that is not there" {
	git tag -a -m x v1.0.2
	refused 'docs/CHANGELOG.md has no section "## v1.0.2"'
	refused "key cannot be read" KEY="$OUT/no.key"
	mv .git ../git
	refused "no clone"
	[ ! -e build/out ]
}

@test "a build of something else, or one that is damaged, is no release, nor is a tree that changes meanwhile" {
	git tag -a -m x v1.0.0
	refused "was built from v0.9.0, not from v1.0.0" PLAY_REVISION=v0.9.0
	refused "is not what SHA256SUMS says" PLAY_DAMAGE=1
	run -1 env PLAY_OLD=1 scripts/release/make
	[[ $output == *"the private root has"* ]]
	refused "the tree has changed" PLAY_CHANGE=1
}

@test "a release has all of it, each file in the sums, and says that it is not signed" {
	run -0 release v1.0.0
	[[ $output == *"NOT SIGNED"* ]]
	R=build/release/v1.0.0
	(cd "$R" && find . -type f | sort) | diff - <(printf './%s\n' CHANGELOG.md CHANGES.md SHA256SUMS manifest.json netboot/grub/grub.cfg \
		vfproof vfproof-v1.0.0.spdx.json vfproof-v1.0.0.tar.xz vmlinuz configs/collect/* | sed 's#configs/collect#collect#' | sort)
	(cd "$R" && sha256sum --quiet --strict -c SHA256SUMS)
	[ "$(wc -l <"$R/SHA256SUMS")" -eq "$(find "$R" -type f ! -name SHA256SUMS | wc -l)" ]
	cmp "$R/CHANGELOG.md" docs/CHANGELOG.md
	tar -xJf "$R/vfproof-v1.0.0.tar.xz" -C "$OUT"
	diff -r --exclude=.git --exclude=build "$OUT/vfproof-v1.0.0" .
	[ "$("$R/vfproof")" = "vfproof v1.0.0" ]
	grep -q '^The first release' "$R/CHANGES.md"
	[ -z "$(git status --porcelain)" ]
	[ "$(ls build/release)" = v1.0.0 ]
}

@test "with a key the sums are signed, as minisign itself says, and a changed file is found" {
	minisign -G -W -p "$OUT/lab.pub" -s "$OUT/lab.key" >/dev/null
	export KEY=$OUT/lab.key
	release v1.0.0
	cd "$R"
	run -0 minisign -V -p "$OUT/lab.pub" -m SHA256SUMS
	[[ $output == *"Trusted comment: vfproof v1.0.0"* ]]
	run ! grep -rqF "$(sed -n 2p "$OUT/lab.key")" "$REPO/build"
	echo change >>vmlinuz
	run ! sha256sum --quiet -c SHA256SUMS
	sha256sum vmlinuz >>SHA256SUMS
	run ! minisign -V -p "$OUT/lab.pub" -m SHA256SUMS
}

@test "two releases of a tag are equal bit for bit, in clones of other places and times" {
	minisign -G -W -p "$OUT/lab.pub" -s "$OUT/lab.key" >/dev/null
	export KEY=$OUT/lab.key
	release v1.0.0
	git clone -q "$REPO" "$OUT/elsewhere/clone"
	cd "$OUT/elsewhere/clone"
	umask 077
	TZ=Asia/Tokyo LANG=C scripts/release/make
	diff -r "$R" build/release/v1.0.0
	# Times and modes, too.
	diff <(cd "$R" && find . -printf '%p %m %T@\n' | sort) <(cd build/release/v1.0.0 && find . -printf '%p %m %T@\n' | sort)
}

@test "the SBOM has each package and source with version, hash, licence and where it is to be had; others' validator takes it" {
	release v1.0.0
	local sbom=$R/vfproof-v1.0.0.spdx.json
	run -0 pyspdxtools -i "$sbom"
	[ "$output" = "" ]
	jq -e '.spdxVersion == "SPDX-2.3" and .creationInfo.created == "2026-01-02T03:04:05Z"' "$sbom"
	# As dpkg and the archive say.
	dpkg-query -W -f '${Package} ${Version}\n' | sort >"$OUT/want"
	jq -r '.packages[] | select(.SPDXID | startswith("SPDXRef-Package-")) | "\(.name) \(.versionInfo)"' "$sbom" | sort | diff "$OUT/want" -
	jq -e '[.packages[] | select(.SPDXID | startswith("SPDXRef-Package-")) | select(
		(.checksums[0].checksumValue // "" | test("^[0-9a-f]{64}$") | not) or
		(.downloadLocation | test("^https://snapshot.debian.org/package/[^/]+/[^/]+/$") | not)) | .name] == []' "$sbom"
	jq -e '[.packages[] | select(.SPDXID | startswith("SPDXRef-Source-")) | "\(.packageFileName) \(.checksums[0].checksumValue)"] | .[]' -r "$sbom" |
		diff <(cd "$R" && sha256sum vfproof-v1.0.0.tar.xz | awk '{ print $2, $1 }'; cd /usr/src/vfproof && sha256sum ./*.orig.tar.* | sed 's#^\(.*\)  \./\(.*\)#\2 \1#' | sort) -
	[ "$(jq -r '.packages[] | select(.SPDXID == "SPDXRef-Package-jq") | .checksums[0].checksumValue' "$sbom")" = \
		"$(sed -n '/^Package: jq$/,/^$/s/^SHA256: //p' /usr/src/vfproof/packages)" ]
	[ "$(jq -r '.packages[] | select(.SPDXID == "SPDXRef-Package-jq") | .licenseDeclared' "$sbom")" = "CC-BY-3.0 AND GPL-2.0-or-later AND MIT" ]
	[ "$(jq -r '.packages[] | select(.SPDXID == "SPDXRef-Package-gcc-14") | .licenseDeclared' "$sbom")" = NOASSERTION ]
	# What is in the image, what is linked in, and what is neither.
	for row in busybox-static:CONTAINS firmware-qlogic:CONTAINS libjansson-dev:STATIC_LINK bats:BUILD_TOOL_OF; do
		jq -e --arg p "SPDXRef-Package-${row%:*}" --arg k "${row#*:}" \
			'[.relationships[] | select(.spdxElementId == $p or .relatedSpdxElement == $p) | .relationshipType] == [$k]' "$sbom"
	done
	jq -r '.files[] | "\(.checksums[] | select(.algorithm == "SHA256") | .checksumValue)  \(.fileName)"' "$sbom" | (cd "$R" && sha256sum --quiet --strict -c)
	# The validator finds faults.
	jq '.packages[3].licenseDeclared = "GPL-2.0-or-later AND No-Such-Licence"' "$sbom" >"$OUT/wrong.json"
	run ! pyspdxtools -i "$OUT/wrong.json"
	jq 'del(.packages[3].downloadLocation)' "$sbom" >"$OUT/wrong.json"
	run ! pyspdxtools -i "$OUT/wrong.json"
}

@test "an SBOM that the validator does not take is no release" {
	sed -i 's/"spdxVersion": "SPDX-2.3"/"spdxVersion": "SPDX-2.9"/' scripts/release/sbom
	commit wrong
	git tag -a -m x v1.0.0
	refused "not valid SPDX"
}

# second TAG NUMBER: the change of the tree becomes a release of that tag, with that number of the catalogue.
second() {
	sed -i "s/CATALOGUE_VERSION \".*\"/CATALOGUE_VERSION \"$2\"/" runner/model/catalogue.h
	printf '\n## %s\n\n- more\n' "$1" >>docs/CHANGELOG.md
	commit "to be $1"
	git tag -a -m "$1" "$1"
	run scripts/release/make
	echo "$output"
	git tag -d "$1"
}

@test "what came since the release before is in CHANGES.md, and numbers have to rise with it" {
	git tag -a -m x v1.0.0
	printf '\n### host_new_case\nHost. Something new is looked at. And more.\n' >>docs/cases.md
	printf '\n[new_label]\ncause = a new one\nfix = none\n' >>configs/advice.ini
	jq '.properties.new_member = { "type": "string" }' docs/report.schema.json >x && mv x docs/report.schema.json
	second v1.1.0 1.0
	[ "$status" -eq 1 ]
	[[ $output == *"there are new ids, and the catalogue's number 1.0 has not risen"* ]]
	second v1.0.1 1.1
	[ "$status" -eq 1 ]
	[[ $output == *"something is new since v1.0.0: v1.0.1 has to be v1.1.0 at least"* ]]
	[ ! -e build/out ]
	second v1.1.0 1.1
	[ "$status" -eq 0 ]
	cat build/release/v1.1.0/CHANGES.md
	grep -qx -- '- new: `host_new_case`: Host. Something new is looked at.' build/release/v1.1.0/CHANGES.md
	grep -qx -- '- new: `new_label`: a new one' build/release/v1.1.0/CHANGES.md
	grep -qx -- '- new: `new_member`' build/release/v1.1.0/CHANGES.md
	grep -qx '| catalogue | 1.0 | 1.1 |' build/release/v1.1.0/CHANGES.md
	[ "$(grep -c '^- ' build/release/v1.1.0/CHANGES.md)" -eq 3 ]
}

@test "what is gone needs a new first number, of catalogue, schema and program" {
	git tag -a -m x v1.0.0
	sed -i '/^### host_madt$/,/^$/d' docs/cases.md
	second v2.0.0 1.1
	[ "$status" -eq 1 ]
	[[ $output == *"ids are gone, and the catalogue's number 1.1 has not risen in its first part"* ]]
	second v1.1.0 2.0
	[ "$status" -eq 1 ]
	[[ $output == *"something is gone since v1.0.0: v1.1.0 has to be v2.0.0 at least"* ]]
	jq 'del(.properties.notes) | .properties.started = { "type": "integer" } | .properties.verdict.enum -= ["INCOMPLETE"]' docs/report.schema.json >x && mv x docs/report.schema.json
	second v2.0.0 2.0
	[ "$status" -eq 1 ]
	[[ $output == *"lost the member notes, and its schema's number is still 1"* ]]
	[[ $output == *"the member started of report.json is something else"* ]]
	[[ $output == *"the member verdict of report.json is something else"* ]]
	sed -i 's#vfproof-report/1#vfproof-report/2#' docs/report.schema.json
	second v2.0.0 2.0
	[ "$status" -eq 0 ]
	grep -q -- '^- gone: `host_madt`: ' build/release/v2.0.0/CHANGES.md
	grep -qx '| report schema | vfproof-report/1 | vfproof-report/2 |' build/release/v2.0.0/CHANGES.md
	second v0.9.0 2.0
	[ "$status" -eq 1 ]
	[[ $output == *"v0.9.0 is not above v1.0.0"* ]]
}

@test "the ids and numbers that are compared are those that the program lists" {
	mkdir "$OUT/old" "$OUT/new"
	cp docs/* configs/*.ini runner/model/catalogue.h "$OUT/new/"
	printf '### none_at_all\nNone.\n' >"$OUT/old/cases.md"
	cp "$OUT/new/report.schema.json" "$OUT/old/"
	run scripts/release/changes v2.0.0 v1.0.0 "$OUT"
	sed -n '/^## Cases/,/^## Labels/s/^- new: `\(.*\)`: .*/\1/p' <<<"$output" | diff - <("$TOP/build/bin/vfproof" list --json | jq -r '.[].case' | sort)
	sed -n '/^## Readiness/,/^## Settings/s/^- new: `\(.*\)`: .*/\1/p' <<<"$output" |
		diff - <("$TOP/build/bin/vfproof" rules | grep -o '^| VR-[0-9]*' | cut -c3- | sort)
	"$TOP/build/bin/vfproof" version | grep -qx "catalogue $(sed -n 's/.*CATALOGUE_VERSION "\(.*\)"/\1/p' "$TOP/runner/model/catalogue.h")"
	"$TOP/build/bin/vfproof" version | grep -qx "report $(jq -r .properties.schema.const "$TOP/docs/report.schema.json")"
}
