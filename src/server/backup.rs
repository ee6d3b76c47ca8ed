//! `GET /v1/backup`: everything that is kept as one tar, while the server goes on serving.
//!
//! A thread of its own reads the files and hands pieces over, as fast as the client takes them; few are in memory at a time.
//! A client that goes away, or takes nothing for long, ends it.

use std::io::{self, BufWriter, Write};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use actix_web::{HttpRequest, HttpResponse, web};
use futures_core::Stream;
use tokio::runtime::Handle;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::app::App;
use super::doors;
use super::error::ApiError;
use super::limits::MAX_BACKUP_STALL;
use crate::visitors::Backup;

/// Says about how long the tar becomes, for progress bars: the exact length is known only at its end.
pub const BACKUP_BYTES_HEADER: &str = "segue-backup-bytes";

/// Handed over at a time.
const PIECE_BYTES: usize = 256 << 10;
/// Pieces that wait for the client.
const PIECES: usize = 4;

type Piece = Result<web::Bytes, io::Error>;

/// `GET /v1/backup`
pub(super) async fn download(app: web::Data<App>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    doors::authoring(&request, app.admin_token.as_ref())?;
    let asking = Arc::clone(&app);
    let backup = web::block(move || {
        let visitors = asking.visitors().map_err(|_| ApiError::no_release())?;
        let log_bytes = asking.store.log_bytes()?;
        Ok::<_, ApiError>(visitors.begin_backup(log_bytes)?)
    });
    let backup = backup.await??;
    let bytes = backup.bytes();
    let (sender, receiver) = channel(PIECES);
    let runtime = Handle::current();
    let work = move || send(backup, &sender, runtime);
    let thread = std::thread::Builder::new().name("segue-backup".to_owned()).spawn(work);
    thread.map_err(|cause| ApiError::internal(&cause))?;
    let response = HttpResponse::Ok()
        .content_type("application/x-tar")
        .insert_header(("content-disposition", "attachment; filename=\"segue-backup.tar\""))
        .insert_header((BACKUP_BYTES_HEADER, bytes.to_string()))
        .streaming(Pieces(receiver));
    Ok(response)
}

fn send(backup: Backup, sender: &Sender<Piece>, runtime: Handle) {
    let mut out = BufWriter::with_capacity(PIECE_BYTES, Pipe { sender: sender.clone(), runtime });
    let written = backup.write(&mut out);
    match written {
        Ok(()) => tracing::info!("a backup was made"),
        Err(error) => {
            tracing::warn!(cause = %error, "a backup ended early");
            // What is buffered stays unsent, and the connection breaks, so that nobody takes it for whole.
            drop(out.into_parts());
            drop(sender.try_send(Err(io::Error::other("the backup ended early"))));
        }
    }
}

/// Where the thread writes to.
struct Pipe {
    sender: Sender<Piece>,
    runtime: Handle,
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let piece = Ok(web::Bytes::copy_from_slice(bytes));
        let sent = self.runtime.block_on(self.sender.send_timeout(piece, MAX_BACKUP_STALL));
        sent.map(|()| bytes.len()).map_err(|_| io::Error::new(io::ErrorKind::BrokenPipe, "nobody reads it any more"))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What the client is sent.
struct Pieces(Receiver<Piece>);

impl Stream for Pieces {
    type Item = Piece;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Piece>> {
        self.0.poll_recv(context)
    }
}
