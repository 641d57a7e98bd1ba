/* A resolver for names of `.example`: each has an address of its own on loopback, at once; but once the file exists that
   $NAMES_DIE_WITH names, every name below `.never.example` is looked up for ever, and every one below `.late.example` for
   two seconds. Loaded before the C library. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **found) {
    int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **) = dlsym(RTLD_NEXT, "getaddrinfo");
    char address[32];
    unsigned number = 0;
    if (!name || !strstr(name, ".example")) return real(name, service, hints, found);
    const char *dead = getenv("NAMES_DIE_WITH");
    if (dead && access(dead, F_OK) == 0) {
        if (strstr(name, ".never.")) { sleep(3600); return EAI_AGAIN; }
        if (strstr(name, ".late.")) sleep(2);
    }
    sscanf(name, "n%u.", &number);
    snprintf(address, sizeof address, "127.%u.%u.%u", 1 + (number >> 16), (number >> 8) & 255, number & 255);
    return real(address, service, hints, found);
}
