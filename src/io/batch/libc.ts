// The system calls of the batch driver, through koffi. Pointers travel as plain numbers into one block of memory of our
// own, so that no call makes an object.
import { type Koffi, loadKoffi } from '../../native/koffi.ts';

/** Calls return -1 on error and leave the reason in `errno`. */
export interface Libc {
  socket(family: number, type: number, protocol: number): number;
  bind(fd: number, address: number, octets: number): number;
  connect(fd: number, address: number, octets: number): number;
  getsockname(fd: number, address: number, octets: number): number;
  setsockopt(fd: number, level: number, name: number, value: number, octets: number): number;
  send(fd: number, octets: number, length: number, flags: number): number;
  recv(fd: number, octets: number, length: number, flags: number): number;
  recvmmsg(fd: number, messages: number, count: number, flags: number, timeout: number): number;
  sendmmsg(fd: number, messages: number, count: number, flags: number): number;
  epollCreate(flags: number): number;
  epollCtl(epoll: number, operation: number, fd: number, event: number): number;
  epollWait(epoll: number, events: number, count: number, timeoutMs: number): number;
  eventfd(value: number, flags: number): number;
  timerfdCreate(clock: number, flags: number): number;
  timerfdSettime(fd: number, flags: number, value: number, old: number): number;
  read(fd: number, octets: number, length: number): number;
  write(fd: number, octets: number, length: number): number;
  close(fd: number): number;
  errno(): number;
  /** The address of memory in this process. */
  addressOf(memory: Uint8Array): number;
  /** The descriptor on which libuv's loop of the main thread waits; -1 when it cannot be had. */
  mainLoopFd(): number;
}

/** The calls, or why there are none: another system, no koffi, a libc that lacks one of them. */
export function loadLibc(): Libc | { readonly missing: string } {
  if (process.platform !== 'linux') return { missing: `the calls are Linux's, this is ${process.platform}` };
  if (!isLittleEndian64()) return { missing: `the structures are those of x64 and arm64, this is ${process.arch}` };
  const koffi = loadKoffi();
  if (koffi === undefined) return { missing: 'the package koffi is not installed' };
  try {
    return bindings(koffi);
  } catch (error) {
    return { missing: `a system call is missing: ${error instanceof Error ? error.message : String(error)}` };
  }
}

function isLittleEndian64(): boolean {
  const probe = new Uint8Array(Uint16Array.of(1).buffer);
  return (process.arch === 'x64' || process.arch === 'arm64') && probe[0] === 1;
}

function bindings(koffi: Koffi): Libc {
  const all = koffi.load(null);
  const call = (declaration: string) => all.func(declaration);
  const defaultLoop = call('uintptr_t uv_default_loop()');
  const backendFd = call('int uv_backend_fd(uintptr_t loop)');
  return {
    socket: call('int socket(int family, int type, int protocol)'),
    bind: call('int bind(int fd, uintptr_t address, uint32_t octets)'),
    connect: call('int connect(int fd, uintptr_t address, uint32_t octets)'),
    getsockname: call('int getsockname(int fd, uintptr_t address, uintptr_t octets)'),
    setsockopt: call('int setsockopt(int fd, int level, int name, uintptr_t value, uint32_t octets)'),
    send: call('intptr_t send(int fd, uintptr_t octets, size_t length, int flags)'),
    recv: call('intptr_t recv(int fd, uintptr_t octets, size_t length, int flags)'),
    recvmmsg: call('int recvmmsg(int fd, uintptr_t messages, uint32_t count, int flags, uintptr_t timeout)'),
    sendmmsg: call('int sendmmsg(int fd, uintptr_t messages, uint32_t count, int flags)'),
    epollCreate: call('int epoll_create1(int flags)'),
    epollCtl: call('int epoll_ctl(int epoll, int operation, int fd, uintptr_t event)'),
    epollWait: call('int epoll_wait(int epoll, uintptr_t events, int count, int timeout)'),
    eventfd: call('int eventfd(uint32_t value, int flags)'),
    timerfdCreate: call('int timerfd_create(int clock, int flags)'),
    timerfdSettime: call('int timerfd_settime(int fd, int flags, uintptr_t value, uintptr_t old)'),
    read: call('intptr_t read(int fd, uintptr_t octets, size_t length)'),
    write: call('intptr_t write(int fd, uintptr_t octets, size_t length)'),
    close: call('int close(int fd)'),
    errno: () => koffi.errno(),
    addressOf: (memory) => Number(koffi.address(memory)),
    mainLoopFd: () => backendFd(defaultLoop()),
  };
}
