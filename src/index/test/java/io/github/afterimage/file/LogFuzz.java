package io.github.afterimage.file;

import io.github.afterimage.failure.CorruptIndexException;
import io.github.afterimage.keys.Detail;
import io.github.afterimage.keys.KeyFormat;
import io.github.afterimage.keys.KeyRows;
import io.github.afterimage.keys.KeyStore;
import io.github.afterimage.keys.Keys;
import io.github.afterimage.keys.Snapshot;
import io.github.afterimage.log.LogFile;
import io.github.afterimage.log.LogNames;
import io.github.afterimage.log.LogPosition;
import io.github.afterimage.log.LogRecord;
import io.github.afterimage.platform.Disk;
import io.github.afterimage.settings.ElementType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.zip.CRC32C;

/**
 * Fuzz target: the file of a log beside an index, as it is, and with its header and the checksums of its records made right, so
 * that what it says is taken at its word; read, checked, and replayed with and without verification.
 */
public final class LogFuzz {
    private static final LogPosition BEGIN = new LogPosition("0123456789abcdef0123456789abcdef", 0);
    /** Kept, because a logger that nothing refers to forgets its level. */
    private static final Logger WARNINGS = Logger.getLogger(IndexFile.class.getName());

    private static final List<Path> INDEXES = List.of(index(ElementType.INT8), index(ElementType.FLOAT32));

    private LogFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        for (Path index : INDEXES) {
            open(index, input);
            open(index, sealed(input));
        }
    }

    /** Saves an index of three keys of two values each, which has a log. */
    private static Path index(ElementType type) {
        WARNINGS.setLevel(Level.OFF);
        try (KeyStore store = new KeyStore(new KeyFormat(2, 3, type), 0)) {
            Path file = Files.createTempDirectory("afterimage-fuzz").resolve("index");
            store.add(KeyRows.of(FloatBuffer.wrap(new float[] {1, 2, 3, 4, 5, 6}), new int[] {0, 1, 2}));
            try (KeyStore.Moment moment = store.moment()) {
                IndexSave.State state = new IndexSave.State(store, moment, null, Map.of(), ExtraTensors.NONE, true);
                IndexSave.save(Disk.SYSTEM, file, state, null);
            }
            for (Path path : new Path[] {file.getParent(), file, log(file)}) {
                path.toFile().deleteOnExit();
            }
            return file;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static Path log(Path index) {
        return new LogNames(index).path(1);
    }

    /** Returns the input with a header and with the checksums that its records should have. */
    private static byte[] sealed(byte[] input) {
        ByteBuffer log = ByteBuffer.allocate(Math.max(LogFile.HEADER_BYTES, input.length))
                .order(ByteOrder.LITTLE_ENDIAN);
        log.put(input).position(0).put(LogFile.header(BEGIN)).clear();
        int position = LogFile.HEADER_BYTES;
        while (log.capacity() - position >= LogRecord.HEADER_BYTES) {
            long bytes = log.getLong(position + Long.BYTES);
            if (bytes < LogRecord.HEADER_BYTES || bytes > log.capacity() - position) {
                break;
            }
            CRC32C crc = new CRC32C();
            crc.update(log.slice(position + LogRecord.CHECKED_FROM, (int) bytes - LogRecord.CHECKED_FROM));
            log.putInt(position + LogRecord.CHECKED_FROM - Integer.BYTES, (int) crc.getValue());
            position += (int) bytes;
        }
        return log.array();
    }

    private static void open(Path index, byte[] input) throws IOException {
        Files.write(log(index), input);
        IndexCheck.findings(index);
        for (boolean verify : new boolean[] {true, false}) {
            try {
                IndexFile.Contents contents = IndexFile.open(index, verify);
                try (KeyStore store = contents.keys();
                        Snapshot snapshot = store.snapshot()) {
                    long before = -1;
                    for (Keys keys : snapshot.parts()) {
                        for (long row = 0; row < keys.count(); row++) {
                            boolean right = keys.id(row) > before
                                    && keys.id(row) < store.nextId()
                                    && keys.label(row) >= 0
                                    && keys.label(row) < store.classes()
                                    && keys.thumbnail(row).length <= Detail.THUMBNAIL.maxBytes
                                    && keys.name(row).chars().noneMatch(Character::isISOControl);
                            if (!right) {
                                throw new AssertionError("label " + keys.label(row) + " of id " + keys.id(row));
                            }
                            before = keys.id(row);
                        }
                    }
                }
            } catch (CorruptIndexException expected) {
                // refused
            }
        }
    }
}
