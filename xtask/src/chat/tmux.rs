//! A terminal inside tmux: keys go in, the screen comes out.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::Result;
use crate::process::install_debian;

/// How long the screen may take to show something.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often it is looked at.
const GLANCE: Duration = Duration::from_millis(40);

/// A terminal with a shell, closed with the value.
pub(super) struct Terminal {
    /// Names the tmux of this run.
    socket: String,
}

/// Has tmux on this machine.
pub(super) fn install() -> Result<()> {
    let there = || Command::new("tmux").arg("-V").stdout(Stdio::null()).status().is_ok();
    if !there() {
        // If it could not be installed, what is missing is said below.
        let _ = install_debian("tmux");
    }
    if there() {
        Ok(())
    } else {
        Err("there is no tmux: install it, on Debian with `apt-get install tmux`".into())
    }
}

impl Terminal {
    /// Opens a terminal of this size with a plain shell.
    pub(super) fn open(folder: &Path, width: u16, height: u16) -> Result<Self> {
        let terminal = Self { socket: format!("chappe-{}", std::process::id()) };
        let (width, height) = (width.to_string(), height.to_string());
        let size = ["new-session", "-d", "-x", &width, "-y", &height, "-c"];
        let shell = "env -u NO_COLOR LC_ALL=C.UTF-8 TZ=UTC PS1='$ ' sh";
        let status = Command::new("tmux")
            .args(["-u", "-L", &terminal.socket, "-f", "/dev/null"])
            .args(size)
            .arg(folder)
            .arg(shell)
            .env("LC_ALL", "C.UTF-8")
            .status()?;
        if !status.success() {
            return Err(format!("tmux ended with {status}").into());
        }
        terminal.tmux(&["set-option", "-g", "status", "off"])?;
        terminal.tmux(&["set-option", "-g", "escape-time", "0"])?;
        terminal.tmux(&["resize-window", "-x", &width, "-y", &height])?;
        Ok(terminal)
    }

    fn tmux(&self, arguments: &[&str]) -> Result<String> {
        let mut command = Command::new("tmux");
        let output = command.args(["-u", "-L", &self.socket]).args(arguments).output()?;
        if !output.status.success() {
            return Err(format!("tmux {arguments:?}: {}", String::from_utf8_lossy(&output.stderr)).into());
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Has the shell run a command and say how it ended.
    pub(super) fn shell(&mut self, words: &[String]) -> Result<()> {
        let quoted: Vec<String> =
            words.iter().map(|word| format!("'{}'", word.replace('\'', r"'\''"))).collect();
        self.text(&format!("clear; {}; echo ended with $?", quoted.join(" ")))?;
        self.keys(&["Enter"])
    }

    /// Types a text.
    pub(super) fn text(&mut self, text: &str) -> Result<()> {
        self.tmux(&["send-keys", "-l", text]).map(drop)
    }

    /// Presses keys by their names.
    pub(super) fn keys(&mut self, keys: &[&str]) -> Result<()> {
        self.tmux(&[&["send-keys"], keys].concat()).map(drop)
    }

    /// Presses Escape and waits until something has gone: what is typed right behind an Escape counts as typed with Alt.
    pub(super) fn escape(&mut self, gone: &str) -> Result<()> {
        self.keys(&["Escape"])?;
        self.wait_until(&format!("{gone:?} is gone"), |screen| !screen.contains(gone))
    }

    pub(super) fn resize(&mut self, width: u16, height: u16) -> Result<()> {
        self.tmux(&["resize-window", "-x", &width.to_string(), "-y", &height.to_string()]).map(drop)
    }

    /// The screen as text.
    pub(super) fn capture(&self) -> Result<String> {
        self.tmux(&["capture-pane", "-p"])
    }

    /// The screen with its colours, as escape sequences.
    pub(super) fn coloured(&self) -> Result<String> {
        self.tmux(&["capture-pane", "-p", "-e"])
    }

    pub(super) fn wait_for(&mut self, text: &str) -> Result<()> {
        self.wait_until(&format!("{text:?} is shown"), |screen| screen.contains(text))
    }

    pub(super) fn wait_until(&mut self, what: &str, wanted: impl Fn(&str) -> bool) -> Result<()> {
        let until = Instant::now() + PATIENCE;
        loop {
            let screen = self.capture()?;
            if wanted(&screen) {
                return Ok(());
            }
            if Instant::now() > until {
                return Err(format!("waited in vain until {what}:\n{screen}").into());
            }
            // A terminal tells nobody that it has changed.
            std::thread::sleep(GLANCE);
        }
    }

    /// Sends SIGTERM to the program that the shell runs.
    pub(super) fn terminate(&mut self, program: &str) -> Result<()> {
        let shell = self.tmux(&["display-message", "-p", "#{pane_pid}"])?;
        let children = std::fs::read_to_string(format!("/proc/{0}/task/{0}/children", shell.trim()))?;
        for child in children.split_whitespace() {
            let name = std::fs::read_to_string(format!("/proc/{child}/comm"))?;
            if name.trim() == program {
                let status = Command::new("kill").args(["-TERM", child]).status()?;
                return if status.success() { Ok(()) } else { Err("it cannot be ended".into()) };
            }
        }
        Err(format!("the shell does not run {program}").into())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.tmux(&["kill-server"]);
    }
}
