/* A resolver whose every name below `.never.example` is looked up for ever, every one below `.late.example` for two
   seconds; other names of `.example` are at once at an address of their own on loopback. Loaded before the C library. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **found) {
    int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **) = dlsym(RTLD_NEXT, "getaddrinfo");
    char address[32];
    unsigned number = 0;
    if (!name || !strstr(name, ".example")) return real(name, service, hints, found);
    if (strstr(name, ".never.")) { sleep(3600); return EAI_AGAIN; }
    if (strstr(name, ".late.")) sleep(2);
    sscanf(name, "n%u.", &number);
    snprintf(address, sizeof address, "127.%u.%u.%u", 1 + (number >> 16), (number >> 8) & 255, number & 255);
    return real(address, service, hints, found);
}
