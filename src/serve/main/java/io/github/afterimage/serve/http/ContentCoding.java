package io.github.afterimage.serve.http;

import io.github.afterimage.serve.protocol.GzipInput;
import io.github.afterimage.serve.protocol.Parts;
import io.github.afterimage.serve.protocol.RequestException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.InflaterInputStream;

/** The ways in which bodies may be compressed. */
enum ContentCoding {
    GZIP,
    DEFLATE;

    /** The names of all, for Accept-Encoding. */
    static final String NAMES = "gzip, deflate, identity";

    private static final int SCRATCH = 8 << 10;

    /** Finds the coding of this name, in any case. */
    static Optional<ContentCoding> named(String name) {
        return List.of(values()).stream()
                .filter(coding -> coding.name().equalsIgnoreCase(name.strip()))
                .findFirst();
    }

    /** Returns the known coding that a client likes best, the first in its list; empty if it would rather have none. */
    static Optional<ContentCoding> best(List<String> accepted) {
        return accepted.stream()
                .filter(name -> name.equalsIgnoreCase("identity") || named(name).isPresent())
                .findFirst()
                .flatMap(ContentCoding::named);
    }

    /** Returns the name in headers. */
    String text() {
        return this == GZIP ? "gzip" : "deflate";
    }

    private InputStream reader(byte[] packed) throws IOException {
        InputStream in = new ByteArrayInputStream(packed);
        return this == GZIP ? new GzipInput(in) : new InflaterInputStream(in);
    }

    /** Returns the length of the unpacked bytes, or {@code max + 1} if there are more than {@code max}; keeps none of them. Refuses others than those of the coding. */
    int length(byte[] packed, int max) {
        try (InputStream in = reader(packed)) {
            byte[] scratch = new byte[SCRATCH];
            long length = 0;
            for (int read = 0; read >= 0 && length <= max; read = in.read(scratch)) {
                length += read;
            }
            return (int) Math.min(length, max + 1L);
        } catch (IOException e) {
            throw RequestException.bad("the body cannot be unpacked: expected " + text()
                    + ", as its Content-Encoding says" + (e.getMessage() == null ? "" : "; " + e.getMessage()));
        }
    }

    /** Unpacks bytes of which the length is known. */
    byte[] unpack(byte[] packed, int length) {
        try (InputStream in = reader(packed)) {
            return in.readNBytes(length);
        } catch (IOException e) {
            throw new IllegalStateException(e); // it has been unpacked before
        }
    }

    /** Packs bytes, fast rather than tightly. */
    Parts pack(Parts bytes) {
        Parts packed = new Parts(Long.MAX_VALUE);
        try (OutputStream out = writer(packed)) {
            for (ByteBuffer part : bytes.buffers()) {
                out.write(part.array(), part.arrayOffset() + part.position(), part.remaining());
            }
        } catch (IOException e) {
            throw new IllegalStateException(e); // there is no output but memory
        }
        return packed;
    }

    private OutputStream writer(OutputStream packed) throws IOException {
        return this == GZIP
                ? new GZIPOutputStream(packed) {
                    {
                        def.setLevel(Deflater.BEST_SPEED);
                    }
                }
                : new DeflaterOutputStream(packed) {
                    {
                        def.setLevel(Deflater.BEST_SPEED);
                    }
                };
    }
}
