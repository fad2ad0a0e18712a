# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# Sourced by scripts/lab/run: what the emulated server boots from, and its report stick. The functions
# add to the array "qemu"; the other variables are those of scripts/lab/run.

# boot_from kernel|MEDIUM-FIRMWARE; "kernel-uefi" is QEMU's loader in UEFI
boot_from() {
	local medium=${1%-*}
	case $1 in
	kernel | kernel-* | usb-* | cd-* | iso-* | pxe-* | http-*) ;;
	*) usage "unknown way to boot: $1" ;;
	esac
	[ "$1" = kernel ] || add_firmware "${1##*-}"
	"boot_$medium"
}

# What QEMU gets: two files and a command line.
boot_kernel() {
	local image
	for image in vmlinuz initramfs.img; do
		[ -f "$media/$image" ] || die "there is no $media/$image: run make images"
	done
	image=$media/initramfs.img
	if [ -n "$more" ]; then # a boot loader loads several; QEMU takes one file
		{ cat "$image" && head -c $((-$(stat -c %s "$image") & 3)) /dev/zero && cat "$more"; } >"$out/initramfs.img"
		image=$out/initramfs.img
	fi
	[ "$stick" = none ] || add_stick "$stick"
	qemu+=(-kernel "$(inside "$media")/vmlinuz" -initrd "$(inside "$image")" -append "$words")
}

# The boot stick takes the report as well.
boot_usb() {
	add_stick usb bootindex=0
}

boot_cd() {
	add_stick fat
	qemu+=(-drive "if=none,id=cd,media=cdrom,readonly=on,format=raw,file=$(inside "$media")/vfproof.iso"
		-device "usb-storage,bus=xhci.0,drive=cd,bootindex=0")
}

# The ISO, written to a stick.
boot_iso() {
	add_stick fat
	qemu+=(-drive "if=none,id=iso,snapshot=on,format=raw,file=$(inside "$media")/vfproof.iso"
		-device "usb-storage,bus=xhci.0,drive=iso,bootindex=0")
}

boot_pxe() {
	add_stick fat
	qemu+=(-netdev "tap,id=boot,ifname=lab0,script=no,downscript=no"
		-device "virtio-net-pci,netdev=boot,bootindex=0,mac=52:54:00:76:66:99")
	beside+=(scripts/lab/netboot "$(inside "$media")/netboot" "$(inside "$out")/netboot.log")
}

# UEFI tries PXE first, unless the machine says that it has none.
boot_http() {
	boot_pxe
	qemu+=(-fw_cfg "name=opt/org.tianocore/IPv4PXESupport,string=no"
		-fw_cfg "name=opt/org.tianocore/IPv6PXESupport,string=no")
}

# add_stick KIND [property]: the stick that takes the report
add_stick() {
	local image=$out/stick.img
	[ "$stick" = keep ] || "$TOP/scripts/in-root" scripts/lab/stick make "$(inside "$image")" \
		"$1" "$(inside "$media")/vfproof-usb.img"
	if [[ $boot != kernel* ]]; then
		settings_file >"$out/vfproof.conf"
		"$TOP/scripts/in-root" scripts/lab/stick put "$(inside "$image")" "$(inside "$out")/vfproof.conf"
	fi
	local how=off drive file
	for file in "${puts[@]}"; do
		"$TOP/scripts/in-root" scripts/lab/stick put "$(inside "$image")" "$(inside "$(realpath "$file")")"
	done
	[ "$1" != readonly ] || how=on
	drive=format=raw,file=$(inside "$image")
	if [ -n "$log_writes" ]; then
		cp --sparse=always "$image" "$log_writes.before"
		rm -f "$log_writes"
		truncate -s 1G "$log_writes" # QEMU does not make it longer
		drive=driver=blklogwrites,file.driver=file,file.filename=$(inside "$image")
		drive+=,log.driver=file,log.filename=$(inside "$log_writes"),log-sector-size=512
	fi
	qemu+=(-drive "if=none,id=stick,readonly=$how,$drive"
		-device "usb-storage,id=report,bus=xhci.0,drive=stick${2:+,$2}")
}

# The kernel parameters are the medium's own: what of ours is a setting, as a vfproof.conf.
settings_file() {
	local word
	for word in $words; do
		case $word in
		vfproof.stick_wait_s=*) ;; # has no meaning there
		vfproof.*=*)
			word=${word#vfproof.}
			echo "${word%%=*} = ${word#*=}"
			;;
		esac
	done
}

# add_firmware bios|uefi|secure|own
add_firmware() {
	local code=OVMF_CODE_4M.fd vars=OVMF_VARS_4M.fd
	case $1 in
	bios) return ;;
	uefi) ;;
	secure | own)
		code=OVMF_CODE_4M.secboot.fd vars=OVMF_VARS_4M.ms.fd # with the vendors' keys
		[ "$1" = secure ] || vars=OVMF_VARS_4M.snakeoil.fd # with none but Debian's "snakeoil" one
		qemu+=(-machine smm=on -global "driver=cfi.pflash01,property=secure,value=on")
		;;
	*) usage "unknown firmware: $1" ;;
	esac
	"$TOP/scripts/in-root" cp "/usr/share/OVMF/$vars" "$(inside "$out")/vars.fd"
	qemu+=(-drive "if=pflash,unit=0,format=raw,readonly=on,file=/usr/share/OVMF/$code"
		-drive "if=pflash,unit=1,format=raw,file=$(inside "$out")/vars.fd")
}
