//! A real Chromium without a window, driven over its DevTools protocol: JSON ended by zero bytes, on two pipes.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::{Value, json};

/// What no answer of the browser comes near.
const LIMIT: Duration = Duration::from_secs(30);

/// Draws without a screen, asks nobody for anything, and keeps what it stores in a folder of its own.
const FLAGS: [&str; 14] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--disable-quic",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--password-store=basic",
    "--remote-debugging-pipe",
];

/// A browser with one page. Dropping it ends it.
pub(crate) struct Browser {
    child: Child,
    input: ChildStdin,
    messages: Receiver<Value>,
    session: Option<String>,
    calls: u64,
    /// What was reported while answers were waited for.
    events: Vec<Value>,
    _folder: tempfile::TempDir,
}

/// The browser of this machine.
pub(crate) fn program() -> PathBuf {
    if let Some(path) = std::env::var_os("PROOFBOOK_BROWSER") {
        return path.into();
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let mut found = std::env::split_paths(&path).flat_map(|folder| names.map(|name| folder.join(name)));
    found.find(|program| program.is_file()).expect(
        "these tests need a Chromium: install it (Debian: `apt-get install chromium`), \
         or name one with PROOFBOOK_BROWSER=/path/to/it",
    )
}

impl Browser {
    /// Starts the browser with an empty page of `width` by 800 pixels.
    pub(crate) fn start(width: u32) -> Self {
        let folder = tempfile::Builder::new().prefix("browser-").tempdir().expect("a temporary folder");
        // The protocol is spoken on descriptors 3 and 4; bash puts our pipes there.
        let mut child = Command::new("bash")
            .args(["-c", "exec \"$@\" 3<&0 4>&1 0</dev/null 1>/dev/null", "--"])
            .arg(program())
            .args(FLAGS)
            .arg(format!("--user-data-dir={}", folder.path().join("profile").display()))
            .env("HOME", folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .expect("bash starts");
        let input = child.stdin.take().expect("a pipe");
        let messages = read(child.stdout.take().expect("a pipe"));
        let mut browser = Self { child, input, messages, session: None, calls: 0, events: Vec::new(), _folder: folder };
        let target = browser.call("Target.createTarget", json!({"url": "about:blank"}));
        let attach = json!({"targetId": target["targetId"], "flatten": true});
        let session = browser.call("Target.attachToTarget", attach);
        browser.session = session["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page.enable", "Runtime.enable", "Log.enable", "Network.enable"] {
            browser.call(domain, json!({}));
        }
        let size = json!({"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 600});
        browser.call("Emulation.setDeviceMetricsOverride", size);
        browser
    }

    /// Lets the scripts of pages run, or not, from the next page on.
    pub(crate) fn scripts(&mut self, scripts: Scripts) {
        self.call("Emulation.setScriptExecutionDisabled", json!({"value": scripts == Scripts::Off}));
    }

    /// What the system prefers: `light` or `dark`.
    pub(crate) fn prefer(&mut self, scheme: &str) {
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        self.call("Emulation.setEmulatedMedia", json!({"features": features}));
    }

    /// What the page is shown on (`screen` or `print`) and what the system asks for, such as `forced-colors: active`.
    pub(crate) fn media(&mut self, media: &str, features: &[(&str, &str)]) {
        let feature = |(name, value): &(&str, &str)| json!({"name": name, "value": value});
        let features: Vec<Value> = features.iter().map(feature).collect();
        self.call("Emulation.setEmulatedMedia", json!({"media": media, "features": features}));
    }

    /// Runs a script in each page from now on, before anything of the page.
    pub(crate) fn before_pages(&mut self, script: &str) {
        self.call("Page.addScriptToEvaluateOnNewDocument", json!({"source": script}));
    }

    /// Lets nothing be loaded whose address is like one of these, from the next page on.
    pub(crate) fn block(&mut self, addresses: &[&str]) {
        self.call("Network.setBlockedURLs", json!({"urls": addresses}));
    }

    /// Presses a key and lets it go: one with a name (`Tab`, `Enter`, `ArrowRight`, `Escape`) or one letter; with
    /// `Control+` before it while that is held.
    pub(crate) fn key(&mut self, key: &str) {
        let (held, key) = key.strip_prefix("Control+").map_or((0, key), |key| (2, key));
        let code = match key {
            "Tab" => 9,
            "Enter" => 13,
            "Escape" => 27,
            " " => 32,
            "End" => 35,
            "Home" => 36,
            "ArrowLeft" => 37,
            "ArrowUp" => 38,
            "ArrowRight" => 39,
            "ArrowDown" => 40,
            letter => letter.to_uppercase().bytes().next().unwrap_or_default().into(),
        };
        let text = match key {
            "Enter" => "\r",
            key if key.chars().count() == 1 && held == 0 => key,
            _ => "",
        };
        let mut event =
            json!({"type": "keyDown", "key": key, "code": key, "windowsVirtualKeyCode": code, "modifiers": held});
        if !text.is_empty() {
            event["text"] = json!(text);
        }
        self.call("Input.dispatchKeyEvent", event);
        let up = json!({"type": "keyUp", "key": key, "code": key, "windowsVirtualKeyCode": code});
        self.call("Input.dispatchKeyEvent", up);
    }

    /// Types a text into what has the focus.
    pub(crate) fn types(&mut self, text: &str) {
        self.call("Input.insertText", json!({"text": text}));
    }

    /// The addresses that were asked for since the page was opened.
    pub(crate) fn requests(&self) -> Vec<String> {
        let sent = self.events.iter().filter(|event| event["method"] == "Network.requestWillBeSent");
        sent.filter_map(|event| Some(event["params"]["request"]["url"].as_str()?.to_owned())).collect()
    }

    /// The page as it is printed: a PDF file, in base64.
    pub(crate) fn printed(&mut self) -> String {
        let printed = self.call("Page.printToPDF", json!({}));
        printed["data"].as_str().unwrap_or_default().to_owned()
    }

    /// Opens an address and waits until it has loaded. What was reported of the page before is forgotten.
    #[track_caller]
    pub(crate) fn open(&mut self, address: &str) {
        self.events.clear();
        let opened = self.call("Page.navigate", json!({"url": address}));
        assert!(opened["errorText"].is_null(), "{address}: {opened}");
        self.wait_for("Page.loadEventFired");
    }

    /// Loads the page again.
    pub(crate) fn reload(&mut self) {
        self.events.clear();
        self.call("Page.reload", json!({}));
        self.wait_for("Page.loadEventFired");
    }

    /// The value of an expression in the page. It works in pages whose own scripts do not run, too.
    #[track_caller]
    pub(crate) fn value(&mut self, expression: &str) -> Value {
        let evaluate = json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        let answer = self.call("Runtime.evaluate", evaluate);
        assert!(answer["exceptionDetails"].is_null(), "{expression}: {answer:#}");
        answer["result"]["value"].clone()
    }

    /// Waits until an expression is true, on the open page or on one to which it leads: an answer that is lost on the way is
    /// asked for again.
    #[track_caller]
    pub(crate) fn until(&mut self, expression: &str) {
        let asked = Instant::now();
        let evaluate = json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        loop {
            let answer = self.answer("Runtime.evaluate", &evaluate);
            let evaluated = &answer["result"];
            assert!(evaluated["exceptionDetails"].is_null(), "{expression}: {answer:#}");
            if evaluated["result"]["value"] == true {
                return;
            }
            assert!(asked.elapsed() < LIMIT, "it does not become true: {expression}: {answer}");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// What went wrong in the page since it was opened: refused by its policy, failed to load, thrown by a script.
    pub(crate) fn complaints(&mut self) -> Vec<String> {
        // Everything that was reported before this answer is here when the answer is.
        self.value("new Promise(done => setTimeout(done, 50))");
        let complaint = |event: &Value| match event["method"].as_str()? {
            "Log.entryAdded" => {
                let entry = &event["params"]["entry"];
                matches!(entry["level"].as_str(), Some("error" | "warning")).then(|| entry["text"].to_string())
            }
            "Runtime.exceptionThrown" => Some(event["params"]["exceptionDetails"].to_string()),
            "Runtime.consoleAPICalled" => Some(event["params"]["args"].to_string()),
            "Network.responseReceived" => {
                let response = &event["params"]["response"];
                let failed = response["status"].as_i64().is_some_and(|status| status >= 400);
                failed.then(|| format!("{} is answered with {}", response["url"], response["status"]))
            }
            _ => None,
        };
        self.events.iter().filter_map(complaint).collect()
    }

    fn wait_for(&mut self, method: &str) {
        while !self.events.iter().any(|event| event["method"] == method) {
            let message = self.message(method);
            self.events.push(message);
        }
    }

    #[track_caller]
    fn call(&mut self, method: &str, parameters: Value) -> Value {
        let message = self.answer(method, &parameters);
        assert!(message["error"].is_null(), "{method}: {message}");
        message["result"].clone()
    }

    #[track_caller]
    fn answer(&mut self, method: &str, parameters: &Value) -> Value {
        self.calls += 1;
        let id = self.calls;
        let mut call = json!({"id": id, "method": method, "params": parameters});
        if let Some(session) = &self.session {
            call["sessionId"] = json!(session);
        }
        let sent = self.input.write_all(format!("{call}\0").as_bytes()).and_then(|()| self.input.flush());
        sent.unwrap_or_else(|error| panic!("the browser has ended ({error}); does it start by hand?"));
        loop {
            let message = self.message(method);
            if message["id"] == id {
                return message;
            }
            self.events.push(message);
        }
    }

    #[track_caller]
    fn message(&self, what: &str) -> Value {
        let message = self.messages.recv_timeout(LIMIT);
        message.unwrap_or_else(|error| panic!("the browser does not answer to {what}: {error}"))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let close = json!({"id": 0, "method": "Browser.close"});
        let _ = self.input.write_all(format!("{close}\0").as_bytes());
        let asked = Instant::now();
        while asked.elapsed() < Duration::from_secs(5) && matches!(self.child.try_wait(), Ok(None)) {
            thread::sleep(Duration::from_millis(10));
        }
        if let Some(group) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = self.child.wait();
    }
}

/// Whether the scripts of pages run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scripts {
    /// They do.
    On,
    /// They do not, as for a reader who has switched them off.
    Off,
}

fn read(output: impl std::io::Read + Send + 'static) -> Receiver<Value> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for message in BufReader::new(output).split(0).map_while(Result::ok) {
            let Ok(message) = serde_json::from_slice(&message) else { continue };
            if sender.send(message).is_err() {
                return;
            }
        }
    });
    receiver
}
