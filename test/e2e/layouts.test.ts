// The numbers of `io/batch/layout.ts` beside the headers of both C libraries: the compiler says where structures differ.
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import * as layout from '../../src/io/batch/layout.ts';
import { describeWithPrograms, type Program, programPath } from './support/programs.ts';

/** What our number stands for, in C. */
const expressions: Record<string, number> = {
  'sizeof(struct iovec)': layout.IOVEC_OCTETS,
  'offsetof(struct iovec, iov_base)': 0,
  'offsetof(struct iovec, iov_len)': 8,
  'sizeof(struct mmsghdr)': layout.MMSGHDR_OCTETS,
  'offsetof(struct mmsghdr, msg_len)': layout.MMSGHDR.length,
  'offsetof(struct msghdr, msg_name)': layout.MMSGHDR.name,
  'offsetof(struct msghdr, msg_namelen)': layout.MMSGHDR.nameOctets,
  'offsetof(struct msghdr, msg_iov)': layout.MMSGHDR.iov,
  'offsetof(struct msghdr, msg_iovlen)': layout.MMSGHDR.iovCount,
  'offsetof(struct msghdr, msg_control)': layout.MMSGHDR.control,
  'offsetof(struct msghdr, msg_controllen)': layout.MMSGHDR.controlOctets,
  'offsetof(struct msghdr, msg_flags)': layout.MMSGHDR.flags,
  'sizeof(struct sockaddr_in)': layout.SOCKADDR4_OCTETS,
  'sizeof(struct sockaddr_in6)': layout.SOCKADDR6_OCTETS,
  'offsetof(struct sockaddr_in, sin_port)': 2,
  'offsetof(struct sockaddr_in, sin_addr)': 4,
  'offsetof(struct sockaddr_in6, sin6_port)': 2,
  'offsetof(struct sockaddr_in6, sin6_addr)': 8,
  'offsetof(struct sockaddr_in6, sin6_scope_id)': 24,
  // The message that says to which address a datagram came: `clearInterface` and the socket tests rely on it.
  'CMSG_LEN(sizeof(struct in_pktinfo))': 28,
  'CMSG_LEN(sizeof(struct in6_pktinfo))': 36,
  'offsetof(struct cmsghdr, cmsg_level)': 8,
  'offsetof(struct cmsghdr, cmsg_type)': 12,
  'offsetof(struct in_pktinfo, ipi_ifindex)': 0,
  'offsetof(struct in6_pktinfo, ipi6_ifindex)': 16,
  [`${layout.CONTROL_OCTETS} >= CMSG_SPACE(sizeof(struct in6_pktinfo))`]: 1,
  'sizeof(struct epoll_event)': layout.EPOLL_EVENT_OCTETS,
  'offsetof(struct epoll_event, data)': layout.EPOLL_EVENT_DATA,
  'sizeof(struct itimerspec)': layout.ITIMERSPEC_OCTETS,
  'offsetof(struct itimerspec, it_value)': layout.ITIMERSPEC_OCTETS / 2,
  'offsetof(struct timespec, tv_nsec)': 8,
};

/** Named as in C. */
const names = [
  'AF_INET AF_INET6 SOCK_DGRAM SOCK_NONBLOCK SOCK_CLOEXEC SOL_SOCKET SO_SNDBUF SO_RCVBUF SO_REUSEPORT SO_SNDBUFFORCE',
  'SO_RCVBUFFORCE IPPROTO_IP IP_PKTINFO IP_MTU_DISCOVER IP_PMTUDISC_OMIT IPPROTO_IPV6 IPV6_MTU_DISCOVER',
  'IPV6_RECVPKTINFO IPV6_V6ONLY EPOLLIN EPOLL_CTL_ADD EPOLL_CTL_DEL EPOLL_CLOEXEC EFD_NONBLOCK EFD_CLOEXEC',
  'CLOCK_MONOTONIC TFD_NONBLOCK TFD_CLOEXEC MSG_PEEK MSG_DONTWAIT MSG_TRUNC EINTR EAGAIN',
].flatMap((line) => line.split(' '));

const headers = 'stddef sys/socket sys/epoll sys/eventfd sys/timerfd sys/uio netinet/in time errno'.split(' ');

const constants = new Map<string, unknown>(Object.entries(layout));

function source(): string {
  return [
    '#define _GNU_SOURCE',
    ...headers.map((header) => `#include <${header}.h>`),
    ...Object.entries(expressions).map(([text, value]) => `_Static_assert((${text}) == ${value}, "${text}");`),
    ...names.map((name) => `_Static_assert(${name} == ${constants.get(name)}, "${name}");`),
  ].join('\n');
}

function compile(compiler: Program, text: string): string {
  const args = ['-fsyntax-only', '-x', 'c', '-'];
  const { error, stderr } = spawnSync(programPath(compiler), args, { input: text, encoding: 'utf8' });
  if (error !== undefined) throw error;
  return stderr;
}

const compilers = { glibc: 'gcc', musl: 'musl-gcc' } as const;

for (const [library, compiler] of Object.entries(compilers)) {
  describeWithPrograms(`with the headers of ${library}`, [compiler], () => {
    test('every structure and constant is as the batch driver writes it', () => {
      expect(compile(compiler, source())).toBe('');
    });

    test('a wrong one would be seen', () => {
      expect(compile(compiler, source().replace('msg_control)) == 32', 'msg_control)) == 33'))).toContain(
        'msg_control',
      );
    });
  });
}

test('no number of the layout is left out', () => {
  const ours = Object.entries(layout).filter(([name, value]) => /^[A-Z]/.test(name) && typeof value === 'number');
  const structures = /_OCTETS$|^EPOLL_EVENT_DATA$/;
  expect(ours.map(([name]) => name).filter((name) => !names.includes(name) && !structures.test(name))).toEqual([]);
});
