/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes the journal of a made-up run: some ports with 48 cases each, in the form of real ones.
 * With 64 ports and 90 lines it is about 60 MB long.
 *
 *   journal PORTS LINES [RATE]
 *
 * LINES is what an item has of evidence and of kernel messages each. RATE changes the measured
 * rates, so that two journals differ.
 */
#include <stdio.h>
#include <stdlib.h>

#define CASES 48
#define START_MS 8000

static unsigned long long t_ms = START_MS;

static const char host[] =
	"\"host\":{\"vendor\":\"Example Computers\",\"product\":\"Server 9000\",\"serial\":"
	"\"SN-0042\",\"board\":\"X1\",\"bios_vendor\":\"Example\",\"bios_version\":\"2.1\","
	"\"bios_date\":\"01/02/2024\",\"cpu_model\":\"Example CPU\",\"cpus\":64,\"memory_kb\":"
	"263192576,\"kernel\":\"6.12.1-amd64\",\"cmdline\":\"intel_iommu=on\",\"cpu_vmx\":true,"
	"\"cpu_svm\":false,\"kvm\":true},\"iommu\":{\"kind\":\"intel\",\"units\":4,\"groups\":200,"
	"\"irq_remap\":true}";

static void put_subject(unsigned int port)
{
	printf("\"subject\":\"%04x:%02x:%02x.%u\"", port >> 8, port & 255, 0, 0);
}

static void put_case(unsigned int number)
{
	printf("\"case\":\"bench_case_%02u\",\"title\":\"What case %u of the bench proves\"",
	       number, number);
}

static void put_end(const char *ev)
{
	printf("\"ev\":\"%s\",\"t_ms\":%llu}\n", ev, t_ms);
}

static void put_run(unsigned int ports)
{
	unsigned int i, k;

	printf("{%s,\"nics\":[", host);
	for (i = 0; i < ports; i++)
		printf("%s{\"address\":\"%04x:%02x:00.0\",\"vendor\":\"8086\",\"device\":\"1592\","
		       "\"name\":\"Example 25G adapter\",\"driver\":\"ice\",\"mac\":"
		       "\"02:00:00:00:%02x:%02x\",\"sriov_state\":\"on\",\"total_vfs\":64,\"peer\":"
		       "null,\"reaches\":[]}",
		       i ? "," : "", i >> 8, i & 255, i >> 8, i & 255);
	printf("],\"left_out\":0,\"plan\":[");
	for (i = 0; i < ports; i++)
		for (k = 0; k < CASES; k++) {
			printf("%s{", i + k ? "," : "");
			put_case(k);
			putchar(',');
			put_subject(i);
			printf(",\"required\":true,\"timeout_s\":240}");
		}
	printf("],");
	put_end("run");
}

static void put_evidence(unsigned int item, unsigned int lines, unsigned int rate)
{
	unsigned int i;

	printf("\"evidence\":[{\"key\":\"guest.hello_ms\",\"value\":\"%u, QEMU ready after 1795\"},"
	       "{\"key\":\"throughput\",\"value\":\"VF 0: %u Mb/s, %u frames/s\"}",
	       2000 + item % 900, rate + item % 50, 80000 + item % 999);
	for (i = 2; i < lines; i++)
		printf(",{\"key\":\"guest.netdev\",\"value\":\"VF %u: eth%u, iavf at "
		       "0000:01:%02x.0, "
		       "02:76:76:66:%02x:%02x\"}",
		       i, i, i & 31, item & 255, i & 255);
	printf("],");
}

static void put_kernel_log(unsigned int lines)
{
	unsigned int i;

	printf("\"kernel_log\":[");
	for (i = 0; i < lines; i++)
		printf("%s\"<6>[%5llu.%06u] ice 0000:01:00.0: VF %u requested MAC filter but is "
		       "administratively denied\"",
		       i ? "," : "", t_ms / 1000, i * 997, i);
	printf("],\"console\":[");
	for (i = 0; i < lines / 3; i++)
		printf("%s\"[%5u.%06u] iavf 0000:00:04.0 eth0: NIC Link is up\"", i ? "," : "", i,
		       i * 991);
	printf("],");
}

static void put_item(unsigned int port, unsigned int number, unsigned int lines, unsigned int rate)
{
	const unsigned int item = port * CASES + number;
	const int failed = item % 100 == 99, warned = item % 100 == 49;

	printf("{");
	put_case(number);
	putchar(',');
	put_subject(port);
	putchar(',');
	put_end("begin");
	t_ms += 400 + item % 200;
	printf("{");
	put_case(number);
	putchar(',');
	put_subject(port);
	printf(",\"verdict\":\"%s\",\"required\":true,\"prerequisite\":false,\"duration_s\":%u.%"
	       "03u,"
	       "\"expected\":\"%u VFs work\",\"measured\":\"%u of them do\",\"reason\":\"\",",
	       failed	? "FAIL"
	       : warned ? "WARN"
			: "PASS",
	       item % 40, item % 1000, lines, lines - (failed || warned));
	put_evidence(item, lines, rate);
	printf("\"label\":\"%s\",\"cause\":\"%s\",\"fix\":\"%s\",",
	       failed ? "vf_create_failed" : "",
	       failed ? "the firmware left no memory space for the VFs' registers" : "",
	       failed ? "enable \\\"Above 4G Decoding\\\" in the BIOS setup" : "");
	put_kernel_log(lines);
	put_end("end");
}

int main(int argc, char **argv)
{
	const unsigned int ports = argc > 2 ? (unsigned int)atoi(argv[1]) : 0;
	const unsigned int lines = argc > 2 ? (unsigned int)atoi(argv[2]) : 0;
	const unsigned int rate = argc > 3 ? (unsigned int)atoi(argv[3]) : 900;
	unsigned int i, k;

	if (ports == 0 || ports > 65536 || lines < 2) {
		fprintf(stderr, "usage: journal PORTS LINES [RATE]\n");
		return 3;
	}
	printf("{%s,\"time\":\"2025-01-02T03:04:05Z\",\"stored\":\"reports/SN-0042 on the stick\","
	       "\"build\":{\"revision\":\"bench\"},\"settings\":{\"fault\":\"none\",\"problems\":[]"
	       "},"
	       "\"overlay\":[],\"unsafe_interrupts\":false,",
	       host);
	put_end("start");
	put_run(ports);
	for (i = 0; i < ports; i++)
		for (k = 0; k < CASES; k++)
			put_item(i, k, lines, rate);
	printf("{\"time\":\"2025-01-02T09:04:05Z\",\"stored\":\"reports/SN-0042 on the stick\",");
	put_end("finish");
	return fflush(stdout) == 0 ? 0 : 3;
}
