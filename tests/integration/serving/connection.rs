//! One connection that stays open, with no client library in between: loads must leave the machine to the server.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

/// Far longer than anything here takes: only a fault reaches it.
const PATIENCE: Duration = Duration::from_secs(60);

/// Sends one request after the other.
pub struct Connection {
    stream: BufReader<TcpStream>,
    request: Vec<u8>,
}

impl Connection {
    pub fn open(url: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(url.strip_prefix("http://").unwrap())?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self { stream: BufReader::with_capacity(16 << 10, stream), request: Vec::new() })
    }

    /// Status and body of the answer; an error when the server is gone before the whole of it came.
    pub fn post(&mut self, path: &str, body: &[u8]) -> io::Result<(u16, Vec<u8>)> {
        self.request.clear();
        let head = "host: localhost\r\ncontent-type: application/json\r\ncontent-length";
        write!(self.request, "POST {path} HTTP/1.1\r\n{head}: {}\r\n\r\n", body.len())?;
        self.request.extend_from_slice(body);
        self.exchange()
    }

    pub fn get(&mut self, path: &str) -> io::Result<(u16, Vec<u8>)> {
        self.request.clear();
        write!(self.request, "GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n")?;
        self.exchange()
    }

    fn exchange(&mut self) -> io::Result<(u16, Vec<u8>)> {
        self.stream.get_mut().write_all(&self.request)?;
        let line = self.line()?;
        let status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
        let mut length = None;
        loop {
            let line = self.line()?;
            match line.split_once(": ") {
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => length = value.parse().ok(),
                Some(_) => {}
                None => break,
            }
        }
        let (Some(status), Some(length)) = (status, length) else {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "no answer with a length"));
        };
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        Ok((status, body))
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        match line.strip_suffix("\r\n") {
            Some(whole) => Ok(whole.to_owned()),
            None => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    /// Posts what must be taken.
    pub fn accepted(&mut self, path: &str, body: &Value) {
        let (status, answer) = self.post(path, &serde_json::to_vec(body).unwrap()).unwrap();
        let answer = String::from_utf8(answer).unwrap();
        assert_eq!((status, &*answer), (200, r#"{"success":true}"#), "{body}");
    }

    /// The answer to a request for decisions.
    pub fn decide(&mut self, body: &Value) -> Value {
        let (status, answer) = self.post("/v1/decide", &serde_json::to_vec(body).unwrap()).unwrap();
        assert_eq!(status, 200, "{body}: {}", String::from_utf8_lossy(&answer));
        serde_json::from_slice(&answer).unwrap()
    }
}

/// What each slot shows: literals by the name of their slot.
pub fn shown(answer: &Value) -> std::collections::BTreeMap<String, Value> {
    let decisions = answer["decisions"].as_array().unwrap();
    decisions.iter().map(|it| (it["slot"].as_str().unwrap().to_owned(), it["value"].clone())).collect()
}
