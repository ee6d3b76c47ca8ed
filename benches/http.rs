//! `POST /v1/decide` against a server that parses the same typed body and answers a constant, both in the same run.
//!
//! Each server is a process of its own with one worker; this process sends. Rounds alternate, so that a noisy moment
//! hits both. What is reported: CPU time of the server's process per request (user and system, from the kernel's
//! scheduler), requests a second, and the ratios of the medians; before that, how long a start takes, its memory, and how
//! long a saved edit of one rule takes to be decided by.
//!
//!     cargo bench --bench http                 10,000 rules
//!     SEGUE_BENCH_RULES=1000 cargo bench --bench http
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a bench that cannot run shall stop"
)]

#[expect(dead_code, reason = "other benches compile the sets themselves")]
mod generated;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use actix_web::{App, HttpResponse, HttpServer, web};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde::Deserialize;
use serde_json::json;

/// The server's own, so that the two differ by what they do alone.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Open at one time, as a reverse proxy holds them.
const CONNECTIONS: usize = 16;

const ROUNDS: usize = 7;

const ROUND: Duration = Duration::from_secs(2);

/// How often one rule is edited.
const EDITS: usize = 5;

const WARM_UP: Duration = Duration::from_secs(1);

/// Different bodies, so that no visitor stays in a cache by chance.
const BODIES: usize = 256;

/// The argument that makes this program the constant server.
const CONSTANT: &str = "--constant";

/// The same body, typed.
#[derive(Deserialize)]
#[expect(dead_code, reason = "the constant server reads what it is sent and uses none of it")]
struct Body {
    visitor: Visitor,
    slots: Vec<String>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "the constant server reads what it is sent and uses none of it")]
struct Visitor {
    id: String,
    attributes: Attributes,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "the constant server reads what it is sent and uses none of it")]
struct Attributes {
    country: String,
    device: String,
    age: u32,
    tags: Vec<String>,
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.iter().position(|argument| argument == CONSTANT) {
        Some(at) => serve_constant(&arguments[at + 1]),
        // `cargo test --benches` runs every bench once without `--bench`: nothing to measure there.
        None if arguments.iter().any(|argument| argument == "--bench") => compare(),
        None => {}
    }
}

/// Answers every well-formed body with the same text.
fn serve_constant(answer: &str) {
    let answer = answer.to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    println!("http://{}", listener.local_addr().unwrap());
    let server = HttpServer::new(move || {
        let answer = answer.clone();
        App::new().route(
            "/v1/decide",
            web::post().to(move |_: web::Json<Body>| {
                let answer = answer.clone();
                async move { HttpResponse::Ok().content_type("application/json").body(answer) }
            }),
        )
    });
    actix_web::rt::System::new().block_on(server.workers(1).listen(listener).unwrap().run()).unwrap();
}

fn compare() {
    let rules = std::env::var("SEGUE_BENCH_RULES").map_or(10_000, |rules| rules.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let requests = requests();
    write_rules(folder.path(), rules);
    for start in ["first start", "restart"] {
        let (segue, _, took) = first_answer(folder.path(), &requests[0]);
        println!("{start} to first decision: {} ms, {:.0} MiB resident", took.as_millis(), segue.resident_mib());
    }
    let (segue, answer, _) = first_answer(folder.path(), &requests[0]);
    let edits: Vec<f64> = (0..EDITS).map(|number| edit(folder.path(), &segue, &requests[0], rules + number)).collect();
    let longest = edits.iter().copied().fold(0.0, f64::max);
    println!(
        "save of one edited rule to first decision by it: median {:.0} ms, longest {longest:.0} ms",
        median(edits)
    );
    let constant = Server::constant(answer.split("\r\n\r\n").nth(1).unwrap());
    let servers = [&constant, &segue];
    for server in servers {
        server.load(&requests, WARM_UP);
    }
    let mut cpu = [Vec::new(), Vec::new()];
    let mut rate = [Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        for (index, server) in servers.iter().enumerate() {
            let (micros, per_second) = server.load(&requests, ROUND);
            cpu[index].push(micros);
            rate[index].push(per_second);
        }
    }
    let [constant_cpu, segue_cpu] = cpu.map(median);
    let [constant_rate, segue_rate] = rate.map(median);
    println!("{rules} rules, {CONNECTIONS} connections, one worker each, medians of {ROUNDS} rounds");
    println!("constant answer  {constant_cpu:7.2} us CPU a request  {constant_rate:9.0} requests/s");
    println!("segue            {segue_cpu:7.2} us CPU a request  {segue_rate:9.0} requests/s");
    println!("ratio            {:7.2}                   {:9.2}", segue_cpu / constant_cpu, segue_rate / constant_rate);
}

/// A fresh server on a folder, its first answer, and how long that took from its start.
fn first_answer(folder: &Path, request: &[u8]) -> (Server, String, Duration) {
    let started = Instant::now();
    let segue = Server::segue(folder);
    let mut answer = String::new();
    Client::new(segue.address).exchange(request, &mut answer);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    (segue, answer, started.elapsed())
}

/// Saves the file with another last rule; how long until a new release answers, in ms.
fn edit(folder: &Path, segue: &Server, request: &[u8], number: usize) -> f64 {
    let path = folder.join("rules/bench.rules");
    let text = std::fs::read_to_string(&path).unwrap();
    let (before, _) = text.rsplit_once("    show ").unwrap();
    let mut client = Client::new(segue.address);
    let mut release = || {
        let mut answer = String::new();
        client.exchange(request, &mut answer);
        answer.split("\"release\":\"").nth(1).unwrap()[..16].to_owned()
    };
    let former = release();
    std::fs::write(path, format!("{before}    show {number}\n}}\n")).unwrap();
    let started = Instant::now();
    while release() == former {
        std::thread::sleep(Duration::from_millis(1));
    }
    started.elapsed().as_secs_f64() * 1_000.0
}

fn write_rules(folder: &Path, rules: usize) {
    for (key, text) in generated::files(rules).iter() {
        let path: PathBuf = folder.join(&**key);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text.as_bytes()).unwrap();
    }
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// Whole HTTP requests.
fn requests() -> Vec<Vec<u8>> {
    let mut random = StdRng::seed_from_u64(generated::SEED);
    let request = |number| {
        let tags: Vec<String> = (0..5).map(|_| format!("t{}", random.random_range(0..1_000))).collect();
        let attributes = json!({
            "country": format!("c{}", random.random_range(0..200)),
            "device": generated::DEVICES[random.random_range(0..generated::DEVICES.len())],
            "age": random.random_range(18..98),
            "tags": tags,
        });
        let body = json!({"visitor": {"id": format!("v{number}"), "attributes": attributes}, "slots": ["bench"]});
        let body = body.to_string();
        let head = "POST /v1/decide HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n";
        format!("{head}content-length: {}\r\n\r\n{body}", body.len()).into_bytes()
    };
    (0..BODIES).map(request).collect()
}

/// A server in a process of its own.
struct Server {
    process: Child,
    address: SocketAddr,
}

impl Server {
    fn segue(folder: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_segue"));
        command.current_dir(folder).args(["serve", "--listen", "127.0.0.1:0", "--workers", "1"]);
        Self::start(command)
    }

    fn constant(answer: &str) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args([CONSTANT, answer]);
        Self::start(command)
    }

    /// Waits for the line that names its address, and for a first good answer.
    fn start(mut command: Command) -> Self {
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let address = loop {
            let line = lines.next().unwrap().unwrap();
            let found = line.split_once("http://").map(|(_, rest)| rest);
            let found = found.and_then(|rest| rest.split(|it: char| it.is_whitespace() || it == '/').next());
            if let Some(address) = found.and_then(|address| address.parse().ok()) {
                break address;
            }
        };
        std::thread::spawn(move || lines.for_each(drop));
        Self { process, address }
    }

    /// Memory that the process holds, in MiB.
    fn resident_mib(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.split_whitespace().next().unwrap().parse::<f64>().unwrap() / 1024.0
    }

    /// CPU time of the process so far, in us: user and system.
    fn cpu_us(&self) -> f64 {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.process.id())).unwrap();
        let nanos = tasks.map(|task| {
            let text = std::fs::read_to_string(task.unwrap().path().join("schedstat")).unwrap();
            text.split_whitespace().next().unwrap().parse::<f64>().unwrap()
        });
        nanos.sum::<f64>() / 1_000.0
    }

    /// Sends for a while: CPU time of the server a request in us, and requests a second.
    fn load(&self, requests: &[Vec<u8>], time: Duration) -> (f64, f64) {
        let mut clients: Vec<Client> = (0..CONNECTIONS).map(|_| Client::new(self.address)).collect();
        let mut bodies = requests.iter().cycle();
        let (before, started) = (self.cpu_us(), Instant::now());
        let mut count = 0_u32;
        clients.iter_mut().for_each(|client| client.send(bodies.next().unwrap()));
        while started.elapsed() < time {
            for client in &mut clients {
                client.receive();
                client.send(bodies.next().unwrap());
                count += 1;
            }
        }
        clients.iter_mut().for_each(Client::receive);
        let count = f64::from(count) + CONNECTIONS as f64;
        ((self.cpu_us() - before) / count, count / started.elapsed().as_secs_f64())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

/// One connection.
struct Client {
    stream: TcpStream,
    answer: Vec<u8>,
}

impl Client {
    fn new(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, answer: vec![0; 16 << 10] }
    }

    fn send(&mut self, request: &[u8]) {
        self.stream.write_all(request).unwrap();
    }

    /// Reads one answer, which must be good.
    fn receive(&mut self) {
        let mut filled = 0;
        loop {
            let read = self.stream.read(&mut self.answer[filled..]).unwrap();
            assert!(read > 0, "the server closed the connection");
            filled += read;
            let answer = &self.answer[..filled];
            let Some(head) = answer.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
            let text = std::str::from_utf8(&answer[..head]).unwrap().to_ascii_lowercase();
            assert!(text.starts_with("http/1.1 200"), "{text}");
            let length = text.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next()).unwrap();
            if filled >= head + 4 + length.parse::<usize>().unwrap() {
                self.answer.truncate(16 << 10);
                return;
            }
        }
    }

    fn exchange(&mut self, request: &[u8], answer: &mut String) {
        self.send(request);
        let read = self.stream.read(&mut self.answer).unwrap();
        answer.push_str(std::str::from_utf8(&self.answer[..read]).unwrap());
    }
}
