package io.github.afterimage.file;

import io.github.afterimage.keys.KeyDetails;
import io.github.afterimage.keys.KeyFormat;
import io.github.afterimage.keys.KeyRows;
import io.github.afterimage.keys.KeyStore;
import io.github.afterimage.keys.Keys;
import io.github.afterimage.keys.RequestId;
import io.github.afterimage.keys.Section;
import io.github.afterimage.keys.Snapshot;
import io.github.afterimage.platform.Disk;
import io.github.afterimage.platform.Resources;
import io.github.afterimage.settings.Durability;
import io.github.afterimage.settings.ElementType;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.CRC32C;

/** An index that is open with a log, and random changes of it. */
public final class Session implements AutoCloseable {
    public static final int DIM = 4;
    static final int CLASSES = 3;
    private static final long MAX_LOG_BYTES = 256L << 20;

    public final KeyStore store;
    public final SavedFiles files;
    private final Path file;
    private final Random random;

    private Session(Path file, KeyStore store, SavedFiles files, long seed) {
        this.file = file;
        this.store = store;
        this.files = files;
        random = new Random(seed);
    }

    /** Saves a new index of three keys, and begins its log. */
    public static Session create(Disk disk, Path file, ElementType type, Durability durability) throws IOException {
        KeyStore store = new KeyStore(new KeyFormat(DIM, CLASSES, type), 0);
        SavedFiles files = files(disk, store, null, null, new SavedFiles.Settings(durability, MAX_LOG_BYTES, true));
        Session session = new Session(file, store, files, 7);
        try {
            session.add(3, false);
            session.save();
            return session;
        } catch (IOException | RuntimeException e) {
            session.close();
            throw e;
        }
    }

    public static Session open(Disk disk, Path file, Durability durability) throws IOException {
        return open(disk, file, durability, MAX_LOG_BYTES);
    }

    /** @param maxLogBytes saves in the background when the log is longer */
    public static Session open(Disk disk, Path file, Durability durability, long maxLogBytes) throws IOException {
        SaveLock lock = SaveLock.take(file);
        IndexFile.Contents contents;
        try {
            contents = IndexFile.open(file, true);
        } catch (IOException | RuntimeException | Error e) {
            lock.close();
            throw e;
        }
        SavedFiles files =
                files(disk, contents.keys(), contents, lock, new SavedFiles.Settings(durability, maxLogBytes, true));
        Session session =
                new Session(file, contents.keys(), files, contents.keys().nextId());
        try {
            files.continueLog(file, contents);
            return session;
        } catch (IOException | RuntimeException | Error e) {
            session.close();
            throw e;
        }
    }

    private static SavedFiles files(
            Disk disk, KeyStore store, IndexFile.Contents contents, SaveLock lock, SavedFiles.Settings settings) {
        SavedFiles[] files = new SavedFiles[1];
        files[0] = new SavedFiles(
                disk, contents, lock, settings, file -> files[0].save(file, store, Map.of(), ExtraTensors.NONE, true));
        return files[0];
    }

    public void add(int count, boolean named) {
        replace(count, named);
    }

    void replace(int count, boolean named, long... ids) {
        store.replace(ids, rows(count, 1, KeyDetails.named(names(count, named))), null);
    }

    /** Adds pictures of two keys, all but the last with a thumbnail. */
    private void addPictured(int count, boolean named) {
        List<byte[]> thumbnails = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            byte[] thumbnail = new byte[i == count - 1 ? 0 : 1 + random.nextInt(40)];
            random.nextBytes(thumbnail);
            thumbnails.add(thumbnail);
        }
        store.add(rows(count, 2, new KeyDetails(names(count, named), thumbnails)));
    }

    /** Adds pictures of three keys and remembers their request. */
    private void addRequested(int count) {
        store.add(rows(count, 3, KeyDetails.none(count)), new RequestId("näme " + store.nextId(), random.nextLong()));
    }

    private KeyRows rows(int count, int views, KeyDetails details) {
        int[] labels = random.ints(count, 0, CLASSES).toArray();
        return KeyRows.of(numbers(count * views * DIM), labels).with(details).withViews(views);
    }

    private FloatBuffer numbers(int count) {
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = (float) random.nextGaussian();
        }
        return FloatBuffer.wrap(numbers);
    }

    private List<String> names(int count, boolean named) {
        return named ? random.ints(count, 0, 99).mapToObj(i -> "näme " + i).toList() : Collections.nCopies(count, "");
    }

    /** Makes one of several kinds of changes. */
    void change(int step) {
        switch (step % 6) {
            case 0 -> addRequested(2);
            case 1 -> addPictured(2, step % 4 == 1);
            case 2 -> add(3, true);
            case 3 -> store.remove(store.nextId() - 2, 1);
            case 4 -> replace(2, step % 4 == 2, lastId());
            default -> store.removeIf(key -> key.label(0) == step % CLASSES);
        }
    }

    private long lastId() {
        try (Snapshot snapshot = store.snapshot()) {
            return snapshot.pictures(0).mapToLong(key -> key.id(0)).max().orElse(-1);
        }
    }

    public void save() throws IOException {
        files.save(file, store, Map.of(), ExtraTensors.NONE, true);
    }

    /** Describes the keys of the store, bit by bit, the next id, and the requests. */
    String held() {
        return contents(store);
    }

    /** Describes the keys of a file, as {@link #held} does. */
    static String contents(Path file) throws IOException {
        try (KeyStore store = IndexFile.open(file, true).keys()) {
            return contents(store);
        }
    }

    static String contents(KeyStore store) {
        StringBuilder text = new StringBuilder();
        try (Snapshot snapshot = store.snapshot()) {
            for (Keys keys : snapshot.parts()) {
                for (long i = 0; i < keys.count(); i++) {
                    CRC32C crc = new CRC32C();
                    crc.update(keys.bytes(Section.KEYS, i, 1));
                    if (store.type().scaled()) {
                        crc.update(keys.bytes(Section.SCALES, i, 1));
                    }
                    text.append(keys.id(i))
                            .append(' ')
                            .append(keys.label(i))
                            .append(' ')
                            .append(keys.name(i))
                            .append(' ')
                            .append(HexFormat.of().formatHex(keys.thumbnail(i)))
                            .append(' ')
                            .append(crc.getValue())
                            .append('\n');
                }
            }
        }
        text.append("next ").append(store.nextId());
        return text.append(" requests ")
                .append(HexFormat.of().formatHex(store.requests().encode()))
                .toString();
    }

    @Override
    public void close() {
        Resources.closeAll(files, store);
    }
}
