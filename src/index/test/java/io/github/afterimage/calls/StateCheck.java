package io.github.afterimage.calls;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.KeyBatch;
import io.github.afterimage.OpenOptions;
import io.github.afterimage.answer.Answer;
import io.github.afterimage.answer.Neighbor;
import io.github.afterimage.settings.Durability;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Opens the index of a state after a loss of power, and searches its files for the bytes of forgotten keys. The row of a key, its
 * label, its name and its thumbnail are functions of its number.
 */
final class StateCheck {
    static final int DIM = 64;
    static final int CLASSES = 3;
    /** An element of a row, whose length is 1, so that the files have just these bytes. */
    private static final float ELEMENT = 0.125f;

    private final Path folder;
    private final Random random;
    private final IndexLives lives;

    StateCheck(Path folder, Random random, IndexLives lives) {
        this.folder = folder;
        this.random = random;
        this.lives = lives;
    }

    private static float[] row(int key) {
        Random signs = new Random(key);
        float[] row = new float[DIM];
        for (int i = 0; i < DIM; i++) {
            row[i] = signs.nextBoolean() ? ELEMENT : -ELEMENT;
        }
        return row;
    }

    private static String name(int key) {
        return "picture of person " + key + ".png";
    }

    private static byte[] thumbnail(int key) {
        byte[] thumbnail = new byte[40];
        new Random(-1L - key).nextBytes(thumbnail);
        return thumbnail;
    }

    static KeyBatch batch(List<Integer> keys) {
        float[] rows = new float[keys.size() * DIM];
        for (int i = 0; i < keys.size(); i++) {
            System.arraycopy(row(keys.get(i)), 0, rows, i * DIM, DIM);
        }
        return KeyBatch.of(rows, keys.stream().mapToInt(key -> key % CLASSES).toArray())
                .names(keys.stream().map(StateCheck::name).toList())
                .thumbnails(keys.stream().map(StateCheck::thumbnail).toList());
    }

    /** Returns the numbers of all keys by their ids. */
    static SortedMap<Long, Integer> contents(CacheIndex index) {
        SortedMap<Long, Integer> contents = new TreeMap<>();
        if (index.size() == 0) {
            return contents;
        }
        float[] query = row(-1);
        Answer all = index.nearest(query, (int) index.size());
        for (Neighbor found : all.row(0).neighbors()) {
            int key = Integer.parseInt(found.name().replaceAll("\\D", ""));
            float[] row = row(key);
            double score = 0;
            for (int i = 0; i < DIM; i++) {
                score += query[i] * row[i];
            }
            boolean right = found.name().equals(name(key))
                    && found.label() == key % CLASSES
                    && Math.abs(found.score() - score) < 1e-5
                    && Arrays.equals(index.thumbnail(found.id()).orElseThrow(), thumbnail(key));
            if (!right) {
                throw new AssertionError("key " + key + " is another one: " + found);
            }
            contents.put(found.id(), key);
        }
        return contents;
    }

    static void empty(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
    }

    static Map<String, byte[]> read(Path folder) throws IOException {
        Map<String, byte[]> read = new TreeMap<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                read.put(file.getFileName().toString(), Files.readAllBytes(file));
            }
        }
        return read;
    }

    static int digest(Map<String, byte[]> state) {
        int digest = 0;
        for (Map.Entry<String, byte[]> file : state.entrySet()) {
            digest = 31 * digest + file.getKey().hashCode() * 31 + Arrays.hashCode(file.getValue());
        }
        return digest;
    }

    /** Counts the keys of which a file has bytes. */
    int traced(Map<String, byte[]> state, Set<Integer> keys) {
        return (int) keys.stream()
                .filter(key -> !traces(state, Set.of(key)).isEmpty())
                .count();
    }

    private static List<String> traces(Map<String, byte[]> state, Set<Integer> keys) {
        List<String> found = new ArrayList<>();
        state.forEach((file, bytes) -> {
            String text = new String(bytes, 0, written(bytes), StandardCharsets.ISO_8859_1);
            for (int key : keys) {
                ByteBuffer row = ByteBuffer.allocate(DIM * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
                row.asFloatBuffer().put(row(key));
                if (text.contains(name(key))) {
                    found.add("the name of key " + key + " is in " + file);
                }
                if (text.contains(new String(row.array(), StandardCharsets.ISO_8859_1))) {
                    found.add("the row of key " + key + " is in " + file);
                }
                if (text.contains(new String(thumbnail(key), StandardCharsets.ISO_8859_1))) {
                    found.add("the thumbnail of key " + key + " is in " + file);
                }
            }
        });
        return found;
    }

    /** Returns the number of bytes before the zeros at the end, such as those of reserved room. */
    private static int written(byte[] bytes) {
        int end = bytes.length;
        while (end > 0 && bytes[end - 1] == 0) {
            end--;
        }
        return end;
    }

    /**
     * Looks at a state.
     *
     * @param allowed what the index may hold
     * @param forgotten keys of which no file may have bytes
     */
    void look(Map<String, byte[]> state, Set<SortedMap<Long, Integer>> allowed, Set<Integer> forgotten, String when)
            throws IOException {
        lives.states++;
        List<String> traces = traces(state, forgotten);
        if (!traces.isEmpty()) {
            lives.withRemovedKeys++;
            lives.findings.add(when + ": " + traces);
        }
        write(state);
        Path file = folder.resolve("index.safetensors");
        SortedMap<Long, Integer> found;
        try {
            found = random.nextInt(4) == 0 ? contentsOfOneThatGoesOn(file) : contentsOf(file);
        } catch (IOException | RuntimeException | AssertionError e) {
            lives.unopened++;
            lives.findings.add(when + ": does not open: " + e + ", with " + state.keySet());
            return;
        }
        if (!allowed.contains(found)) {
            lives.beyondPromise++;
            lives.findings.add(when + ": holds keys by their ids " + found + ", expected one of " + allowed.size()
                    + " states, such as " + allowed.iterator().next());
        }
    }

    private static SortedMap<Long, Integer> contentsOf(Path file) throws IOException {
        try (CacheIndex index = CacheIndex.open(file, new OpenOptions().threads(1))) {
            return contents(index);
        }
    }

    private static SortedMap<Long, Integer> contentsOfOneThatGoesOn(Path file) throws IOException {
        SortedMap<Long, Integer> found;
        SortedMap<Long, Integer> after;
        try (CacheIndex index =
                CacheIndex.open(file, new OpenOptions().threads(1).log(Durability.never()))) {
            found = contents(index);
            index.add(batch(List.of(1_000_000)));
            after = contents(index);
        }
        if (after.size() != found.size() + 1 || !contentsOf(file).equals(after)) {
            throw new AssertionError("a key that is added is not there when it is opened again");
        }
        return found;
    }

    private void write(Map<String, byte[]> state) throws IOException {
        empty(folder);
        for (Map.Entry<String, byte[]> each : state.entrySet()) {
            try (RandomAccessFile out =
                    new RandomAccessFile(folder.resolve(each.getKey()).toFile(), "rw")) {
                out.write(each.getValue(), 0, written(each.getValue()));
                out.setLength(each.getValue().length);
            }
        }
    }
}
