//! Ending early: by the user, or by a panic.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

use tokio::sync::watch;

/// The user's wish to end the run, as everything that waits can hear it.
#[derive(Clone)]
pub(crate) struct Halt(watch::Receiver<bool>);

impl Halt {
    /// Whether the user has said so.
    pub(crate) fn is_raised(&self) -> bool {
        *self.0.borrow()
    }

    /// What a future yields, or `None` when the user ends the run first.
    pub(crate) async fn or<T>(&self, future: impl Future<Output = T>) -> Option<T> {
        let mut halt = self.0.clone();
        tokio::select! {
            biased;
            Ok(_) = halt.wait_for(|raised| *raised) => None,
            value = future => Some(value),
        }
    }
}

/// Does work that hears of it when `interrupt` completes, and sees it to its end.
pub(crate) async fn heeding<T, F: Future<Output = T>>(
    interrupt: impl Future<Output = ()>,
    work: impl FnOnce(Halt) -> F,
) -> T {
    let (raise, raised) = watch::channel(false);
    let mut work = pin!(work(Halt(raised)));
    tokio::select! {
        biased;
        value = &mut work => return value,
        () = interrupt => raise.send_replace(true),
    };
    work.await
}

/// What a future yields; `Err` with the message when it panics.
pub(crate) async fn unpanicked<T>(future: impl Future<Output = T>) -> Result<T, String> {
    let mut future = pin!(future);
    std::future::poll_fn(|context| {
        // The future is dropped after a panic, never polled again; what it borrows holds no broken promise by being half
        // written, since findings are pushed whole.
        match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(value)) => Poll::Ready(Ok(value)),
            Err(panic) => {
                let text = panic.downcast_ref::<&str>().map(|t| (*t).to_owned());
                let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
                Poll::Ready(Err(text.unwrap_or_else(|| "without a message".into())))
            }
        }
    })
    .await
}
