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
	export B=$b TREE=$BATS_FILE_TMPDIR/tree GUEST=$BATS_FILE_TMPDIR/guest MANIFEST=$b/out/manifest.json
	export PROFILES=$BATS_FILE_TMPDIR/profiles
	mkdir "$TREE" "$GUEST"
	(cd "$GUEST" && cpio --quiet -idm) <"$b/guest/initramfs.img"
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

# A driver may be called LiquidIO and its module liquidio.
module_file() {
	local name=${1,,}
	find "$TREE/usr/lib/modules/$KVER/kernel" -name "${name//[_-]/[_-]}.ko" | grep .
}

is_built_in() {
	grep -q "/${1//[_-]/[_-]}\.ko$" "$TREE/usr/lib/modules/$KVER/modules.builtin"
}

# resolves ALIAS MODULE
resolves() {
	local name=${2,,}
	modprobe -C /dev/null -d "$TREE" -S "$KVER" -R "$1" 2>/dev/null | grep -qx "${name//-/_}"
}

# modalias ID: of a network controller, as the kernel writes it
modalias() {
	local id=${1^^}
	echo "pci:v0000${id%:*}d0000${id#*:}sv0000${id%:*}sd00000000bc02sc00i00"
}

# guest_resolves ALIAS MODULE: the agent loads that module for the device
guest_resolves() {
	local glob name
	while read -r glob name; do
		# shellcheck disable=SC2053 # it is a pattern
		[[ $name == "$2" && $1 == $glob ]] && return 0
	done < <(grep " $2$" "$GUEST/lib/modules/aliases")
	return 1
}

# ids_resolve PROFILE KEY DRIVER: a network controller with each of these ids gets that driver
ids_resolve() {
	local id name=${3,,}
	for id in $(value "$1" "$2"); do
		resolves "$(modalias "$id")" "$3" || { echo "$1: $id does not lead to $3" && return 1; }
		guest_resolves "$(modalias "$id")" "${name//-/_}" ||
			{ echo "$1: $id does not lead to $3 in a guest" && return 1; }
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
	for driver in igb ixgbe be2net bnx2x vxge i40e ice mlx5_core bnxt_en qede cxgb4 sfc ionic virtio-pci \
		ena enic hinic idpf LiquidIO mlx4_core nfp qlcnic; do
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

# Looked for in the kernel itself, by what its modules call and which parameters they have.
@test "every driver of the kernel that makes VFs is in the image and has a profile, or is left out for a reason" {
	n=0
	while read -r path; do
		xz -dc "$path" >"$BATS_TEST_TMPDIR/module.ko"
		nm -u "$BATS_TEST_TMPDIR/module.ko" | grep -qwE 'pci_enable_sriov|pci_sriov_configure_simple' ||
			modinfo -F parm "$BATS_TEST_TMPDIR/module.ko" | grep -qE '^[a-z_]*vfs:' || continue
		name=$(basename "$path" .ko.xz)
		echo "$name"
		n=$((n + 1))
		jq -e --arg m "${name//-/_}" '[.drivers_omitted[] | select(.module == $m and .makes_vfs and .size > 0
			and .reason != "")] | length == 1' "$MANIFEST" >/dev/null && continue
		module_file "$name"
		[ "$name" != qed ] || name=qede # whose part it is
		grep -qix "[^ ]* driver ${name//[_-]/[_-]}" "$PROFILES"
	done < <(find "/lib/modules/$KVER/kernel/drivers/net" -name '*.ko.xz')
	echo "$n drivers"
	[ "$n" -ge 20 ]
}

# What the runner knows of them: scripts/build/left-out.
@test "a NIC whose driver was left out leads to it in the image's list, and to what it needs" {
	list=$TREE/usr/lib/vfproof/left-out
	grep -qx 'alias e1000e pci:v00008086d000010D3sv\*sd\*bc\*sc\*i\*' "$list"
	grep -q '^module e100 [0-9]* mii$' "$list"
	grep -qx 'firmware e100 e100/d101m_ucode.bin' "$list"
	grep -q '^why sfc_siena ' "$list"
	grep -q '^lacks nfp netronome/.* too large: ' "$list"
	mapfile -t left_out < <(sed -n 's/^module \([^ ]*\) .*/\1/p' "$list")
	[ ${#left_out[@]} -gt 50 ]
	for name in "${left_out[@]}"; do
		run module_file "$name"
		[ "$status" -ne 0 ] || { echo "$name is in the image" && return 1; }
		grep -q "^alias $name pci:" "$list" || { echo "$name is for nothing" && return 1; }
	done
}

# chain_of ALIAS: all modules and firmware that lead to it and below, by modprobe and modinfo
chain_of() {
	local path name
	{
		modprobe -C /dev/null -d "$TREE" -S "$KVER" --show-depends "$1"
		# Nothing depends on it: runner/sys/module.c
		[ "$(modprobe -C /dev/null -d "$TREE" -S "$KVER" -R "$1")" != mlx4_core ] ||
			modprobe -C /dev/null -d "$TREE" -S "$KVER" --show-depends mlx4_en
	} | sed -n 's/^insmod \([^ ]*\).*/\1/p' | sort -u | while read -r path; do
		name=$(basename "$path" .ko)
		echo "$1 module ${name//-/_}"
		modinfo -F firmware "$path" | sed "s#^#$1 firmware #"
	done
}

@test "the guest of every family gets all modules and all firmware, of what its driver is built upon too" {
	for name in $(names); do
		[ -z "$(value "$name" last_kernel)" ] || continue
		is_built_in "$(value "$name" driver)" && continue
		for key in ids vf_ids; do
			for id in $(value "$name" "$key" | cut -d' ' -f1); do
				modalias "$id"
			done
		done
	done | sort -u >"$BATS_TEST_TMPDIR/aliases"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/aliases")" -gt 30 ]
	while read -r alias; do
		chain_of "$alias"
	done <"$BATS_TEST_TMPDIR/aliases" | sort -u >"$BATS_TEST_TMPDIR/wanted"
	VFPROOF_MODULES=$TREE/usr/lib/modules/$KVER VFPROOF_CHAINS=$BATS_TEST_TMPDIR/aliases \
		"$B/unit/test_chain" | sort -u >"$BATS_TEST_TMPDIR/got"
	diff "$BATS_TEST_TMPDIR/wanted" "$BATS_TEST_TMPDIR/got"
	grep -q 'd00001664.* firmware qed/qed_init_values_zipped-' "$BATS_TEST_TMPDIR/got"
	grep -q 'd00001004.* module mlx4_en' "$BATS_TEST_TMPDIR/got"
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
	sed -i.sound '/ igb$/d' "$GUEST/lib/modules/aliases"
	run check_profile intel-82576
	mv "$GUEST/lib/modules/aliases.sound" "$GUEST/lib/modules/aliases"
	[ "$status" -ne 0 ] && [[ $output == *"in a guest"* ]]
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
