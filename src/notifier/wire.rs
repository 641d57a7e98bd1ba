//! The stream beneath an SMTP session, with a limit on what a server may say.
//!
//! `lettre` reads a reply line of any length into memory, and keeps what came in one packet with the answer to STARTTLS for
//! after the handshake, where it would be taken for words of the authenticated server (RFC 3207, 6). This stream gives out
//! one line at a time, so that nothing is read ahead, and so many bytes between two commands at most.

#![allow(deprecated)] // `AsyncNetworkStream` is the one door to TLS from the first byte; lettre has no other yet.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use lettre::transport::smtp::client::{AsyncNetworkStream, AsyncTokioStream};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Bytes a server may send between two of our writes, TLS handshakes included: chains of certificates are the longest of it.
const ALLOWANCE: usize = 256 * 1024;

/// A connection to a mail server.
#[derive(Debug)]
pub(super) struct Wire {
    inner: AsyncNetworkStream,
    /// Read from the network, not given out yet.
    buffer: Box<[u8]>,
    /// Where in `buffer` that is.
    held: std::ops::Range<usize>,
    /// Bytes that may still come before we write again.
    allowance: usize,
}

impl Wire {
    pub(super) fn new(inner: AsyncNetworkStream) -> Self {
        Self { inner, buffer: vec![0; 4096].into(), held: 0..0, allowance: ALLOWANCE }
    }
}

impl AsyncRead for Wire {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let wire = &mut *self;
        if wire.held.is_empty() {
            let room = wire.buffer.len().min(wire.allowance);
            if room == 0 {
                return Poll::Ready(Err(io::Error::other("the server says more than any reply holds")));
            }
            let read =
                ready!(futures_util::AsyncRead::poll_read(Pin::new(&mut wire.inner), cx, &mut wire.buffer[..room]))?;
            wire.allowance -= read;
            wire.held = 0..read;
        }
        let held = &wire.buffer[wire.held.clone()];
        let line = held.iter().position(|b| *b == b'\n').map_or(held.len(), |at| at + 1);
        let count = line.min(out.remaining());
        out.put_slice(&held[..count]);
        wire.held.start += count;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.allowance = ALLOWANCE;
        futures_util::AsyncWrite::poll_write(Pin::new(&mut self.inner), cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        futures_util::AsyncWrite::poll_flush(Pin::new(&mut self.inner), cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        futures_util::AsyncWrite::poll_close(Pin::new(&mut self.inner), cx)
    }
}

impl AsyncTokioStream for Wire {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.inner.peer_addr()
    }
}
