package io.github.afterimage;

import static io.github.afterimage.Numbers.normals;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.answer.Answer;
import io.github.afterimage.answer.Neighbor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/**
 * Eight readers and a writer. Every answer equals the double-precision oracle on the keys of the version that it names.
 * {@code -Dafterimage.stressSeconds=600} makes it longer.
 */
class ConcurrentChangesTest {
    private static final int READERS = 8;
    private static final int DIM = 16;
    private static final int CLASSES = 4;
    private static final double THETA = 10;
    private static final int MOST = 600;

    private record Key(float[] feature, int label) {
        String name() {
            return "key " + Float.floatToIntBits(feature[0]);
        }
    }

    /** The keys of each version, by id; old versions go when no reader can have them any more. */
    private final ConcurrentSkipListMap<Long, Map<Long, Key>> versions = new ConcurrentSkipListMap<>();

    private final AtomicBoolean stop = new AtomicBoolean();
    private final CountDownLatch ended = new CountDownLatch(1); // by a failure
    private final AtomicLong answers = new AtomicLong();
    private final AtomicLong changes = new AtomicLong();

    @Test
    void everyAnswerIsTheOracleOnItsOwnSnapshot() throws Exception {
        long seconds = Long.getLong("afterimage.stressSeconds", 3);
        long seed = Long.getLong("afterimage.stressSeed", System.nanoTime());
        System.out.println("seed " + seed);
        ExecutorService threads = Executors.newFixedThreadPool(READERS + 1);
        try (CacheIndex index = new CacheIndexBuilder(DIM, CLASSES).threads(2).build()) {
            Random random = new Random(seed);
            Map<Long, Key> first = new TreeMap<>();
            add(
                    first,
                    index.add(KeyBatch.of(new float[] {1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2}, new int[] {0})
                                    .names(List.of("key " + Float.floatToIntBits(1))))
                            .first(),
                    new Key[] {new Key(new float[] {1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2}, 0)});
            versions.put(index.query(features(random, 1), THETA).version(), first);
            List<Future<?>> running = new ArrayList<>();
            for (int reader = 0; reader < READERS; reader++) {
                Random own = new Random(seed + 1 + reader);
                List<Engine> engines = Engines.available();
                CacheReader view = index.withEngine(engines.get(reader % engines.size()));
                running.add(threads.submit(() -> guarded(() -> read(view, own))));
            }
            running.add(threads.submit(() -> guarded(() -> write(index, random))));
            do { // on a busy machine too, readers and the writer have met
                ended.await(seconds, TimeUnit.SECONDS);
            } while (ended.getCount() > 0 && (answers.get() <= READERS || changes.get() <= 10));
            stop.set(true);
            for (Future<?> task : running) {
                task.get();
            }
            System.out.println(answers + " answers and " + changes + " changes in " + seconds + " s");
        } finally {
            threads.shutdownNow();
        }
    }

    private void guarded(Runnable work) {
        try {
            while (!stop.get()) {
                work.run();
            }
        } finally {
            stop.set(true);
            ended.countDown();
        }
    }

    private void read(CacheReader index, Random random) {
        float[] queries = features(random, 2);
        double[][] unit = Oracle.unit(queries, DIM);
        if (random.nextInt(3) == 0) {
            Answer nearest = index.nearest(queries, 5);
            Map<Long, Key> keys = keys(nearest.version());
            assertThat(nearest.keys()).isEqualTo(keys.size());
            for (int b = 0; b < 2; b++) {
                for (Neighbor found : nearest.row(b).neighbors()) {
                    Key key = keys.get(found.id());
                    assertThat(key)
                            .as("id %d of version %d", found.id(), nearest.version())
                            .isNotNull();
                    assertThat(found.label()).isEqualTo(key.label());
                    assertThat(found.name()).isEqualTo(key.name());
                }
                double[] scores = oracle(keys).scores(unit[b]);
                Arrays.sort(scores);
                assertThat(Math.abs(nearest.row(b).neighbors().get(0).score() - scores[scores.length - 1]))
                        .isLessThan(2e-6);
            }
        } else {
            Answer answer = index.query(queries, THETA);
            Map<Long, Key> keys = keys(answer.version());
            assertThat(answer.keys()).isEqualTo(keys.size());
            for (int b = 0; b < 2; b++) {
                double[] expected = oracle(keys).probabilities(unit[b], THETA);
                for (int c = 0; c < CLASSES; c++) {
                    assertThat(Math.abs(answer.row(b).probability(c) - expected[c]))
                            .as("class %d of version %d", c, answer.version())
                            .isLessThan(2e-6);
                }
            }
        }
        answers.incrementAndGet();
    }

    /** The writer records a version before it goes on to the next, but after readers may see it. */
    private Map<Long, Key> keys(long version) {
        Map<Long, Key> keys;
        while ((keys = versions.get(version)) == null) {
            assertThat(versions.firstKey())
                    .as("the oldest version that is remembered")
                    .isLessThan(version);
            Thread.yield();
        }
        return keys;
    }

    private void write(CacheIndex index, Random random) {
        long version = versions.lastKey();
        Map<Long, Key> keys = new TreeMap<>(versions.get(version));
        List<Long> ids = new ArrayList<>(keys.keySet());
        int count = 1 + random.nextInt(40);
        Key[] added = new Key[count];
        float[] rows = features(random, count);
        int[] labels = random.ints(count, 0, CLASSES).toArray();
        for (int i = 0; i < count; i++) {
            added[i] = new Key(Arrays.copyOfRange(rows, i * DIM, (i + 1) * DIM), labels[i]);
        }
        List<String> names = Arrays.stream(added).map(Key::name).toList();
        boolean changed = true;
        switch (random.nextInt(6)) {
            case 0 -> {
                int kept = random.nextInt(ids.size());
                long[] gone = random.ints(20, 0, ids.size())
                        .filter(i -> i != kept)
                        .mapToLong(ids::get)
                        .distinct()
                        .toArray();
                changed = gone.length > 0;
                assertThat(index.remove(gone)).isEqualTo(gone.length);
                keys.keySet().removeAll(Arrays.stream(gone).boxed().toList());
            }
            case 1 -> {
                int label = random.nextInt(CLASSES);
                long others = keys.values().stream()
                        .filter(key -> key.label() != label)
                        .count();
                if (others > 0) {
                    long removed = index.remove(key -> key.label() == label);
                    changed = removed > 0;
                    keys.values().removeIf(key -> key.label() == label);
                } else {
                    changed = false;
                }
            }
            case 2 -> {
                long[] gone = ids.stream()
                        .filter(id -> random.nextInt(20) == 0)
                        .mapToLong(id -> id)
                        .toArray();
                long id = index.replace(gone, KeyBatch.of(rows, labels).names(names))
                        .first();
                keys.keySet().removeAll(Arrays.stream(gone).boxed().toList());
                add(keys, id, added);
            }
            case 3 -> {
                index.compact();
                changed = false;
            }
            default -> {
                List<Long> oldest = ids.subList(0, Math.max(0, ids.size() - MOST));
                long[] gone = oldest.stream().mapToLong(id -> id).toArray();
                long id = index.replace(gone, KeyBatch.of(rows, labels).names(names))
                        .first();
                keys.keySet().removeAll(oldest);
                add(keys, id, added);
            }
        }
        if (changed) {
            versions.put(version + 1, keys);
            changes.incrementAndGet();
        }
        while (versions.size() > 2000) {
            versions.pollFirstEntry();
        }
        if (random.nextInt(4) == 0) {
            Thread.yield();
        }
    }

    private static void add(Map<Long, Key> keys, long firstId, Key[] added) {
        for (int i = 0; i < added.length; i++) {
            keys.put(firstId + i, added[i]);
        }
    }

    private static Oracle oracle(Map<Long, Key> keys) {
        float[] rows = new float[keys.size() * DIM];
        int[] labels = new int[keys.size()];
        int row = 0;
        for (Key key : keys.values()) {
            System.arraycopy(key.feature(), 0, rows, row * DIM, DIM);
            labels[row++] = key.label();
        }
        return new Oracle(rows, labels, DIM, CLASSES);
    }

    private static float[] features(Random random, int count) {
        return normals(random, count * DIM);
    }
}
