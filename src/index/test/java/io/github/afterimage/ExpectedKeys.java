package io.github.afterimage;

import static io.github.afterimage.Numbers.normals;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.afterimage.answer.Answer;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The keys that an index should hold: a plain list of features, labels and names by id. A picture may have several keys. */
final class ExpectedKeys {
    static final int DIM = 20;
    static final int CLASSES = 5;

    final Map<Long, float[]> features = new TreeMap<>();
    final Map<Long, Integer> labels = new TreeMap<>();
    private final Map<Long, String> names = new TreeMap<>();
    private final Map<Long, byte[]> thumbnails = new TreeMap<>();

    ExpectedKeys copy() {
        ExpectedKeys copy = new ExpectedKeys();
        copy.features.putAll(features);
        copy.labels.putAll(labels);
        copy.names.putAll(names);
        copy.thumbnails.putAll(thumbnails);
        return copy;
    }

    void add(long firstId, float[] rows, int[] newLabels) {
        int count = newLabels.length;
        add(firstId, rows, newLabels, Collections.nCopies(count, ""), Collections.nCopies(count, new byte[0]));
    }

    void add(long firstId, float[] rows, int[] newLabels, List<String> newNames, List<byte[]> newThumbnails) {
        int values = rows.length / Math.max(1, newLabels.length); // of a picture
        for (int i = 0; i < newLabels.length; i++) {
            features.put(firstId + i, Arrays.copyOfRange(rows, i * values, (i + 1) * values));
            labels.put(firstId + i, newLabels[i]);
            names.put(firstId + i, newNames.get(i));
            thumbnails.put(firstId + i, newThumbnails.get(i));
        }
    }

    void remove(long id) {
        features.remove(id);
        labels.remove(id);
        names.remove(id);
        thumbnails.remove(id);
    }

    private int views(long id) {
        return features.get(id).length / DIM;
    }

    /** Returns the number of keys. */
    long size() {
        return Arrays.stream(counts()).sum();
    }

    private List<KeyEntry> entries() {
        return labels.entrySet().stream()
                .map(key -> new KeyEntry(
                        key.getKey(), key.getValue(), names.get(key.getKey()), thumbnails.get(key.getKey()).length > 0))
                .toList();
    }

    private long[] counts() {
        long[] counts = new long[CLASSES];
        labels.forEach((id, label) -> counts[label] += views(id));
        return counts;
    }

    private Oracle oracle() {
        float[] rows = new float[(int) size() * DIM];
        int[] ofRows = new int[(int) size()];
        int row = 0;
        for (long id : labels.keySet()) {
            System.arraycopy(features.get(id), 0, rows, DIM * row, DIM * views(id));
            Arrays.fill(ofRows, row, row += views(id), labels.get(id));
        }
        return new Oracle(rows, ofRows, DIM, CLASSES);
    }

    static float[] rows(Random random, int count) {
        return normals(random, count * DIM);
    }

    /** Names of all kinds, or none at all: empty and long ones, ASCII and not. */
    static List<String> names(Random random, int count) {
        boolean named = random.nextInt(4) > 0;
        return Stream.generate(() -> named ? name(random) : "").limit(count).toList();
    }

    private static String name(Random random) {
        return switch (random.nextInt(5)) {
            case 0 -> "";
            case 1 -> "katze/größe " + random.nextInt(1000) + ".png";
            case 2 -> "猫/" + "😀".repeat(random.nextInt(200));
            case 3 -> "x".repeat(random.nextInt(1025));
            default -> "cifar10 train " + random.nextInt(50_000);
        };
    }

    /** Thumbnails of all lengths, or none at all. */
    static List<byte[]> thumbnails(Random random, int count) {
        int most = random.nextInt(3) * random.nextInt(4096);
        return Stream.generate(() -> {
                    byte[] bytes = new byte[random.nextBoolean() ? 0 : random.nextInt(Math.min(4096, most) + 1)];
                    random.nextBytes(bytes);
                    return bytes;
                })
                .limit(count)
                .toList();
    }

    /** Asserts that an index has these keys, with these ids, labels, names and thumbnails, and answers as the formula does. */
    void compare(CacheIndex index, Random random, List<Engine> engines, String as) {
        assertThat(index.size()).as(as).isEqualTo(size());
        List<KeyEntry> entries = entries();
        assertThat(index.list(0, labels.size() + 1)).as(as).isEqualTo(entries);
        assertThat(index.classCounts()).as(as).isEqualTo(counts());
        thumbnails.forEach((id, bytes) ->
                assertThat(index.thumbnail(id).orElse(new byte[0])).as(as).isEqualTo(bytes));
        if (labels.isEmpty()) {
            return;
        }
        float[] queries = rows(random, 3);
        Oracle oracle = oracle();
        for (Engine engine : engines) {
            compareAnswers(index.withEngine(engine), queries, oracle, entries, as + " " + engine.name());
        }
    }

    private void compareAnswers(CacheReader view, float[] queries, Oracle oracle, List<KeyEntry> entries, String as) {
        double[][] unit = Oracle.unit(queries, DIM);
        Answer answer = view.query(queries, 10);
        Answer nearest = view.nearest(queries, (int) size() + 1);
        assertThat(answer.keys()).isEqualTo(size());
        for (int b = 0; b < 3; b++) {
            double[] probabilities = oracle.probabilities(unit[b], 10);
            for (int c = 0; c < CLASSES; c++) {
                assertThat(answer.row(b).probability(c)).as(as).isCloseTo((float) probabilities[c], within(2e-6f));
            }
            assertThat(nearest.row(b).neighbors()).as(as).hasSize((int) size());
            List<KeyEntry> found = nearest.row(b).neighbors().stream()
                    .map(key -> new KeyEntry(key.id(), key.label(), key.name(), key.hasThumbnail()))
                    .sorted(Comparator.comparingLong(KeyEntry::id))
                    .distinct()
                    .toList();
            assertThat(found).as(as).isEqualTo(entries);
        }
    }
}
