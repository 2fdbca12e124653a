"""What must hold of papers: a file is whole, or it is not there."""

from workers.invariants.check import Check

PAPERS = (
    Check(
        "export_file_is_whole",
        "The pieces of an export that is done are all there, and are the file that was written.",
        """
        SELECT e.id AS subject, coalesce(c.pieces, 0) || ' pieces of ' || coalesce(c.size, 0) || ' bytes' AS found,
               e.size_bytes || ' bytes' AS expected
        FROM export_job e
        LEFT JOIN LATERAL (
            SELECT count(*) AS pieces, max(seq) AS last, sum(length(data)) AS size,
                   encode(sha256(string_agg(data, ''::bytea ORDER BY seq)), 'hex') AS digest
            FROM export_chunk WHERE export_id = e.id) c ON true
        WHERE e.status = 'done'
          AND (c.size IS DISTINCT FROM e.size_bytes OR c.pieces <> c.last + 1 OR c.digest IS DISTINCT FROM e.digest)
        """,
    ),
    Check(
        "no_piece_without_its_file",
        "Pieces are kept of exports that are done, and of no others.",
        """
        SELECT e.id AS subject, count(*) || ' pieces, ' || e.status AS found, 'done' AS expected
        FROM export_chunk c JOIN export_job e ON e.id = c.export_id
        WHERE e.status <> 'done' GROUP BY e.id
        """,
    ),
)
