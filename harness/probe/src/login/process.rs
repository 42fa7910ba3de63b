//! Programs that Proofmark starts. None outlives its handle, nor do the programs that it starts in turn.

use std::io::{BufRead as _, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// How much of a program's output is kept.
const MOST_OUTPUT: u64 = 64 << 10;

/// A running program.
pub(super) struct Process {
    child: Child,
    ended: Option<ExitStatus>,
}

/// What a program left behind.
pub(super) struct Output {
    pub(super) success: bool,
    pub(super) status: String,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

impl Process {
    /// Starts a program in a process group of its own, without a terminal.
    pub(super) fn start(command: &mut Command) -> std::io::Result<Self> {
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(command, 0);
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        Ok(Process { child, ended: None })
    }

    /// The first line of the output in which `find` finds something; `Err` holds the output when there is none in time.
    pub(super) async fn line<T: Send + 'static>(
        &mut self,
        limit: Duration,
        find: impl Fn(&str) -> Option<T> + Send + 'static,
    ) -> Result<T, String> {
        let Some(stdout) = self.child.stdout.take() else { return Err(String::new()) };
        let (found, wait) = tokio::sync::oneshot::channel();
        // The thread goes on to the end, so that the program never stops at a full pipe.
        std::thread::spawn(move || {
            let mut found = Some(found);
            let mut seen = String::new();
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if let Some(value) = find(&line) {
                    found.take().map(|f| f.send(Ok(value)));
                }
                if found.is_some() && seen.len() < 2000 {
                    seen = format!("{seen} {}", line.trim());
                }
            }
            found.take().map(|f| f.send(Err(seen)));
        });
        if let Some(stderr) = self.child.stderr.take() {
            std::thread::spawn(move || std::io::copy(&mut BufReader::new(stderr), &mut std::io::sink()));
        }
        match tokio::time::timeout(limit, wait).await {
            Ok(Ok(result)) => result.map_err(|seen| seen.trim().to_owned()),
            _ => Err(format!("nothing came within {} s", limit.as_secs())),
        }
    }

    /// Waits for the end of the program and takes its output; `None` when the time is over first.
    pub(super) async fn output(mut self, limit: Duration) -> Option<Output> {
        fn read(pipe: Option<impl Read + Send + 'static>) -> std::thread::JoinHandle<String> {
            std::thread::spawn(move || {
                let mut text = Vec::new();
                if let Some(mut pipe) = pipe {
                    // What broke off is what there is.
                    let _ = pipe.by_ref().take(MOST_OUTPUT).read_to_end(&mut text);
                    let _ = std::io::copy(&mut pipe, &mut std::io::sink());
                }
                String::from_utf8_lossy(&text).into_owned()
            })
        }
        let (stdout, stderr) = (read(self.child.stdout.take()), read(self.child.stderr.take()));
        let until = Instant::now() + limit;
        while !(self.has_ended() && stdout.is_finished() && stderr.is_finished()) {
            if Instant::now() > until {
                return None;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let status = self.ended?;
        let (stdout, stderr) = (stdout.join().unwrap_or_default(), stderr.join().unwrap_or_default());
        Some(Output { success: status.success(), status: status.to_string(), stdout, stderr })
    }

    /// Whether it has ended.
    pub(super) fn has_ended(&mut self) -> bool {
        self.ended = self.ended.or_else(|| self.child.try_wait().ok().flatten());
        self.ended.is_some()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        #[cfg(unix)]
        {
            // The group too: a shell's command, and a driver's browser, outlive the one that started them.
            let group = format!("-{}", self.child.id());
            let kill = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
            if kill.is_ok() {
                let _ = self.child.wait();
                return;
            }
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str) -> Process {
        Process::start(Command::new("sh").args(["-c", script])).expect("a shell")
    }

    #[tokio::test]
    async fn output_and_status_come_whole() {
        let output = shell("echo out; echo err >&2; exit 3").output(Duration::from_secs(10)).await.expect("it ends");
        assert_eq!((output.stdout.as_str(), output.stderr.as_str(), output.success), ("out\n", "err\n", false));
        assert!(output.status.contains('3'), "{}", output.status);
        let long = shell("yes | head -c 1000000").output(Duration::from_secs(10)).await.expect("it ends");
        assert_eq!(long.stdout.len() as u64, MOST_OUTPUT);
    }

    #[tokio::test]
    async fn nothing_outlives_the_handle() {
        let mark = format!("4{:03}.25", std::process::id() % 1000);
        let began = Instant::now();
        assert!(shell(&format!("sleep {mark} & sleep {mark}")).output(Duration::from_millis(300)).await.is_none());
        assert!(began.elapsed() < Duration::from_secs(5));
        let all = Command::new("ps").args(["-eo", "stat,args"]).output().expect("ps");
        let all = String::from_utf8_lossy(&all.stdout).into_owned();
        let left: Vec<_> =
            all.lines().filter(|l| l.ends_with(&format!("sleep {mark}")) && !l.starts_with('Z')).collect();
        assert!(left.is_empty(), "{left:?}");
    }

    #[tokio::test]
    async fn a_line_is_waited_for_no_longer_than_allowed() {
        let port = |line: &str| line.strip_prefix("port ")?.parse::<u16>().ok();
        let mut good = shell("echo hello; echo port 81; sleep 60");
        assert_eq!(good.line(Duration::from_secs(10), port).await, Ok(81));
        let mut bad = shell("echo hello; echo no luck");
        assert_eq!(bad.line(Duration::from_secs(10), port).await, Err("hello no luck".into()));
        let mut silent = shell("sleep 60");
        assert!(silent.line(Duration::from_millis(100), port).await.expect_err("no line").contains("nothing came"));
    }
}
