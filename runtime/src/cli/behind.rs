//! What is written goes to the disk while more is made, so that in the end there is little to wait for.

use std::fs::File;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;

/// So many bytes are written between two waits for the disk.
const STEP: usize = 32 << 20;

/// Waits for the disk on a thread of its own, which begins with the first step of a file.
#[derive(Default)]
pub struct Behind {
    /// How many bytes were written since the last step.
    written: usize,
    thread: Option<Waiting>,
}

struct Waiting {
    steps: SyncSender<()>,
    thread: JoinHandle<std::io::Result<()>>,
}

impl Behind {
    /// So many bytes more were written to the file.
    pub fn wrote(&mut self, file: &File, bytes: usize) {
        self.written += bytes;
        if self.written < STEP {
            return;
        }
        self.written = 0;
        if self.thread.is_none() {
            // Where there can be no thread, all is waited for in the end.
            self.thread = file.try_clone().ok().and_then(|file| Waiting::begin(file).ok());
        }
        if let Some(waiting) = &self.thread {
            // While it still waits for the last step, this one needs no saying: it comes with the next one.
            let _ = waiting.steps.try_send(());
        }
    }

    /// Ends the thread. What is left to be written is to be waited for by the caller.
    ///
    /// # Errors
    /// The disk's: it says of each fault only once, so this one must not be lost.
    pub fn end(&mut self) -> std::io::Result<()> {
        let Some(Waiting { steps, thread }) = self.thread.take() else { return Ok(()) };
        drop(steps);
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

impl Waiting {
    fn begin(file: File) -> std::io::Result<Waiting> {
        let (steps, each) = sync_channel(1);
        let wait = move || each.iter().try_for_each(|()| file.sync_data());
        let thread = std::thread::Builder::new().spawn(wait)?;
        Ok(Waiting { steps, thread })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn all_steps_are_waited_for() {
        let path = std::env::temp_dir().join(format!("florin-behind-{}", std::process::id()));
        let mut file = File::create(&path).expect("a file");
        let mut behind = Behind::default();
        for _ in 0..3 {
            file.write_all(b"x").expect("space");
            behind.wrote(&file, STEP);
        }
        assert!(behind.end().is_ok());
        std::fs::remove_file(&path).expect("a file");
    }

    #[cfg(unix)]
    #[test]
    fn a_fault_is_told_in_the_end() {
        // Nobody can wait for a pipe.
        let (_reader, writer) = std::io::pipe().expect("a pipe");
        let writer = File::from(std::os::fd::OwnedFd::from(writer));
        let mut behind = Behind::default();
        behind.wrote(&writer, STEP);
        assert!(behind.end().is_err());
    }
}
