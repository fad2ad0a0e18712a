#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Each NIC family of configs/profiles/ can be tested with the image: its drivers are in it, the
# kernel would find them by each id, they have the parameter that the profile names and the firmware
# that they ask for. Nothing is booted. Each check is seen to fail on a damaged image or profile.
# bats file_tags=bootless

bats_require_minimum_version 1.5.0

setup_file() {
	local b
	b=$(realpath "$BATS_TEST_DIRNAME/../../build")
	export TREE=$BATS_FILE_TMPDIR/tree MANIFEST=$b/out/manifest.json
	export PROFILES=$BATS_FILE_TMPDIR/profiles
	mkdir "$TREE"
	zstd -qdc "$b/appliance.img" | (cd "$TREE" && cpio --quiet -idm)
	KVER=$(basename "$TREE"/usr/lib/modules/*)
	export KVER
	parse_profiles "$BATS_TEST_DIRNAME"/../../configs/profiles/*.ini >"$PROFILES"
}

# "profile key value" for each value of each line.
parse_profiles() {
	awk '/^\[/ { p = substr($1, 2, length($1) - 2) }
		/^[a-z_]+ = / { k = $1; sub(/^[^=]*= /, ""); print p, k, $0; next }
		/^\t/ { sub(/^\t/, ""); print p, k, $0 }' "$@"
}

# value PROFILE KEY: all of its values, in one line
value() {
	awk -v p="$1" -v k="$2" '$1 == p && $2 == k { $1 = $2 = ""; print }' "$PROFILES" | xargs
}

names() {
	cut -d' ' -f1 "$PROFILES" | sort -u
}

module_file() {
	find "$TREE/usr/lib/modules/$KVER/kernel" -name "${1//[_-]/[_-]}.ko" | grep .
}

is_built_in() {
	grep -q "/${1//[_-]/[_-]}\.ko$" "$TREE/usr/lib/modules/$KVER/modules.builtin"
}

# resolves ALIAS MODULE
resolves() {
	modprobe -C /dev/null -d "$TREE" -S "$KVER" -R "$1" 2>/dev/null | grep -qx "${2//-/_}"
}

# ids_resolve PROFILE KEY DRIVER: a network controller with each of these ids gets that driver
ids_resolve() {
	local id
	for id in $(value "$1" "$2"); do
		id=${id^^}
		resolves "pci:v0000${id%:*}d0000${id#*:}sv00000000sd00000000bc02sc00i00" "$3" && continue
		echo "$1: $id does not lead to $3"
		return 1
	done
}

# All that a profile says of drivers.
check_profile() {
	local name=$1 driver vf_driver param
	driver=$(value "$name" driver) vf_driver=$(value "$name" vf_driver) param=$(value "$name" vf_param)
	if [ -n "$(value "$name" last_kernel)" ]; then
		run module_file "$driver"
		[ "$status" -ne 0 ] || { echo "$name: $driver is in the image after all" && return 1; }
		return 0
	fi
	if is_built_in "$driver"; then
		# The kernel does not tell the ids of what is built in. This one has a module for what is in
		# the PCI function.
		[ "$driver $vf_driver" = "virtio-pci virtio-pci" ] || return 1
		resolves virtio:d00000001v00001AF4 virtio_net
		return
	fi
	for module in "$driver" "$vf_driver"; do
		module_file "$module" || { echo "$name: no module $module" && return 1; }
	done
	ids_resolve "$name" ids "$driver" && ids_resolve "$name" vf_ids "$vf_driver" || return 1
	if [ -n "$param" ]; then
		modinfo -F parm "$(module_file "$driver")" | grep -q "^$param:" ||
			{ echo "$name: $driver has no parameter $param" && return 1; }
	fi
}

# Each file that a module names is in the image, or the manifest names it with a reason.
check_firmware() {
	local path file n=0
	while read -r path; do
		for file in $(modinfo -F firmware "$path"); do
			n=$((n + 1))
			[ ! -s "$TREE/lib/firmware/$file" ] || continue
			jq -e --arg f "$file" '[.firmware.omitted[] | select(.file == $f and .reason != "")] |
				length == 1' "$MANIFEST" >/dev/null && continue
			echo "$(basename "$path"): $file is neither there nor left out for a reason"
			return 1
		done
	done < <(find "$TREE/usr/lib/modules" -name '*.ko')
	[ "$n" -gt 10 ]
}

@test "every profile: drivers in the image, found by each id, with their parameter" {
	for name in $(names); do
		check_profile "$name"
	done
}

@test "every family of the catalogue has a profile" {
	for driver in igb ixgbe be2net bnx2x vxge i40e ice mlx5_core bnxt_en qede cxgb4 sfc ionic virtio-pci; do
		echo "$driver"
		grep -q " driver $driver$" "$PROFILES"
	done
}

# The partitions' VFs are those of the whole cards of the same family.
@test "every profile says which ids its VFs have, so that their driver was looked up" {
	for name in $(names); do
		echo "$name"
		[ -n "$(value "$name" last_kernel)" ] || [ "$name" = broadcom-bnxt-npar ] ||
			[ -n "$(value "$name" vf_ids)" ]
	done
}

@test "every firmware file that a module names is in the image, or the manifest says why not" {
	check_firmware
}

@test "the manifest's firmware is what is in the image" {
	diff <(cd "$TREE/usr/lib/firmware" && find . -type f -printf '%P %s\n' | sort) \
		<(jq -r '.firmware.included[] | "\(.file) \(.size)"' "$MANIFEST" | sort)
	[ "$(jq '[.firmware.included[] | select(.package == "")] | length' "$MANIFEST")" -eq 0 ]
}

# The newest version that the driver asks for, and what it asks for without naming it.
@test "the firmware that the drivers ask for first is there" {
	for file in bnx2x/bnx2x-e2-7.13.21.0.fw intel/ice/ddp/ice.pkg cxgb4/t6fw.bin cxgb4/t6-config.txt; do
		echo "$file"
		[ -s "$TREE/lib/firmware/$file" ]
	done
	compgen -G "$TREE/lib/firmware/qed/qed_init_values_zipped-*.bin"
}

@test "the checks of a profile fail on a wrong one" {
	sound=$PROFILES
	PROFILES=$BATS_TEST_TMPDIR/profiles
	fails() {
		sed "$2" "$sound" >"$PROFILES"
		if cmp -s "$sound" "$PROFILES"; then
			return 1
		fi
		run check_profile "$1"
		echo "$2: $output"
		[ "$status" -ne 0 ]
	}
	cp "$sound" "$PROFILES"
	check_profile intel-82576
	fails intel-82576 's/8086:10e7/8086:ffff/'
	fails intel-82576 's/8086:10ca/8086:ffff/'
	fails intel-82576 's/max_vfs$/max_vf/'
	fails intel-82576 's/ driver igb$/ driver ixgbe/'
	fails intel-82576 's/ driver igb$/ driver gone/'
	fails intel-82576 's/ vf_driver igbvf$/ vf_driver ixgbevf/'
	fails neterion-x3100 's/ driver vxge$/ driver igb/'
	fails neterion-x3100 '/last_kernel/d'
	fails virtio-net 's/ vf_driver virtio-pci$/ vf_driver virtio_net/'
}

@test "the check of firmware fails on a file that is missing without a reason" {
	sound=$MANIFEST
	check_firmware
	mv "$TREE/lib/firmware/intel/ice/ddp/ice.pkg" "$BATS_TEST_TMPDIR/"
	run check_firmware
	mv "$BATS_TEST_TMPDIR/ice.pkg" "$TREE/lib/firmware/intel/ice/ddp/"
	[ "$status" -ne 0 ]
	[[ $output == *"ice.ko: intel/ice/ddp/ice.pkg is neither"* ]]
	MANIFEST=$BATS_TEST_TMPDIR/manifest.json
	jq '.firmware.omitted |= map(if .module == "bnx2x" then .reason = "" else . end)' "$sound" >"$MANIFEST"
	run check_firmware
	[ "$status" -ne 0 ]
	[[ $output == *"bnx2x.ko: bnx2x/bnx2x-e"* ]]
}
