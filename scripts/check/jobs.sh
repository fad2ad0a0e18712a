# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034
# Sourced by the checks: runs commands beside each other, each with its output in a file of its own.

declare -A job_names=() job_logs=() job_starts=() # by process

# job_start NAME LOG COMMAND...: the command is the head of a session of its own, and ends with us. LOG is
# empty if it shall speak for itself.
job_start() {
	local name=$1 log=$2
	shift 2
	{
		[ -z "$log" ] || exec >"$log" 2>&1
		exec setsid setpriv --pdeathsig KILL "$@" </dev/null
	} &
	job_names[$!]=$name
	job_logs[$!]=$log
	job_starts[$!]=$(now_ms)
}

now_ms() {
	echo $((${EPOCHREALTIME/[.,]/} / 1000))
}

# seconds MILLISECONDS: with one decimal
seconds() {
	printf '%d.%d' $(($1 / 1000)) $(($1 % 1000 / 100))
}

# Waits until one of them has ended: JOB (its name), JOB_LOG, JOB_STATUS and JOB_MS.
job_wait() {
	local pid
	JOB_STATUS=0
	wait -n -p pid "${!job_names[@]}" || JOB_STATUS=$?
	JOB=${job_names[$pid]} JOB_LOG=${job_logs[$pid]}
	JOB_MS=$(($(now_ms) - job_starts[$pid]))
	unset "job_names[$pid]"
}

# For those that are still at work when we are not to go on.
jobs_end() {
	local pid
	for pid in "${!job_names[@]}"; do
		kill -KILL -- "-$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
	job_names=()
}
