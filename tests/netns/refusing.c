/* Runs a command under a seccomp filter that refuses one system call, as containers do: refusing
 * unshare|setns|socket|mount|ptrace|... ERRNO|kill COMMAND... */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct {
	const char *name;
	long number;
} calls[] = {
	{"socket", SYS_socket},
	{"setns", SYS_setns},
	{"mount", SYS_mount},
	{"ptrace", SYS_ptrace},
	{"seccomp", SYS_seccomp},
	{"pidfd_getfd", SYS_pidfd_getfd},
	{"process_vm_readv", SYS_process_vm_readv},
};

int main(int argc, char **argv)
{
	if (argc < 4)
		return 2;

	unsigned call = SYS_unshare;
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (!strcmp(argv[1], calls[i].name))
			call = (unsigned)calls[i].number;
	unsigned action = strcmp(argv[2], "kill") ? SECCOMP_RET_ERRNO | (unsigned)atoi(argv[2])
						  : SECCOMP_RET_KILL_PROCESS;
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, action),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof(code) / sizeof(code[0]), code};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
		prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)) {
		perror("seccomp");
		return 77;
	}
	execvp(argv[3], argv + 3);
	perror(argv[3]);
	return 127;
}
