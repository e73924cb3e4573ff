package io.github.afterimage;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.answer.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * An index that is replaced or saved while it is opened, over and over: an opened one is always one of those that were
 * saved. {@code main} does the same for as many seconds as it is told.
 */
class ReplacedWhileOpeningTest {
    private static final int DIM = 32;
    private static final int CLASSES = DIM;
    private static final int SIZE = 3000;
    private static final double SECONDS = 2;

    @TempDir
    private Path folder;

    /** How many indexes were opened and how many times the file was replaced. */
    record Counts(long opened, long replaced) {}

    public static void main(String[] arguments) throws Exception {
        double seconds = Double.parseDouble(arguments[0]);
        Path folder = Files.createTempDirectory("replaced");
        ExecutorService both = Executors.newFixedThreadPool(2);
        Future<Counts> renamed = both.submit(() -> renamed(Files.createDirectory(folder.resolve("renamed")), seconds));
        Future<Counts> saved = both.submit(() -> saved(Files.createDirectory(folder.resolve("saved")), seconds));
        both.shutdown();
        System.out.println("renamed " + renamed.get());
        System.out.println("saved " + saved.get());
    }

    @Test
    void opensOneOfTheFilesThatTakeEachOthersPlace() throws Exception {
        renamed(folder, SECONDS);
    }

    @Test
    void opensWhatOneOfTheSavesLeft() throws Exception {
        saved(folder, SECONDS);
    }

    private static Counts renamed(Path folder, double seconds) throws Exception {
        Path file = folder.resolve("cache.safetensors");
        Path[] all = {folder.resolve("even"), folder.resolve("odd")};
        for (int i = 0; i < all.length; i++) {
            try (CacheIndex index = index()) {
                add(index, i, SIZE);
                index.save(all[i]);
            }
        }
        Files.copy(all[0], file);
        return race(file, seconds, () -> {
            for (Path each : all) {
                Path copy = folder.resolve("new");
                Files.deleteIfExists(copy);
                Files.createLink(copy, each);
                Files.move(copy, file, StandardCopyOption.ATOMIC_MOVE);
            }
            return null;
        });
    }

    private static Counts saved(Path folder, double seconds) throws Exception {
        Path file = folder.resolve("cache.safetensors");
        try (CacheIndex index = index()) {
            add(index, 0, SIZE);
            index.save(file);
            long[] round = {0};
            return race(file, seconds, () -> {
                add(index, (int) (++round[0] % CLASSES), 10);
                if (round[0] % 7 == 0) {
                    int removed = (int) (round[0] / 7 % CLASSES);
                    index.remove(key -> key.label() == removed);
                    index.compact();
                }
                index.save(file);
                return null;
            });
        }
    }

    private static CacheIndex index() {
        return new CacheIndexBuilder(DIM, CLASSES).threads(1).build();
    }

    /** Adds keys that point along the axis of their label: this axis, or every second one from it on. */
    private static void add(CacheIndex index, int first, int count) {
        float[] features = new float[count * DIM];
        int[] labels = new int[count];
        for (int i = 0; i < count; i++) {
            labels[i] = (first + 2 * i) % CLASSES;
            features[i * DIM + labels[i]] = 1;
        }
        index.add(features, labels);
    }

    private static Counts race(Path file, double seconds, Callable<Void> replace) throws Exception {
        AtomicBoolean done = new AtomicBoolean();
        ExecutorService other = Executors.newSingleThreadExecutor();
        try {
            Future<Long> replaced = other.submit(() -> {
                long count = 0;
                do {
                    replace.call();
                    count++;
                } while (!done.get());
                return count;
            });
            long opened = 0;
            long end = System.nanoTime() + (long) (seconds * 1e9);
            while (System.nanoTime() < end && !replaced.isDone()) {
                open(file, new OpenOptions().threads(1).verify(true).load(opened % 4 == 0));
                open(file, new OpenOptions().threads(1).verify(false));
                opened += 2;
            }
            done.set(true);
            return new Counts(opened, replaced.get());
        } finally {
            done.set(true);
            other.shutdown();
        }
    }

    private static void open(Path file, OpenOptions options) throws IOException {
        try (CacheIndex index = CacheIndex.open(file, options)) {
            if (index.size() == 0) {
                return;
            }
            float[] queries = new float[DIM * DIM];
            for (int i = 0; i < DIM; i++) {
                queries[i * DIM + i] = 1;
            }
            Answer nearest = index.nearest(queries, 1);
            for (int i = 0; i < DIM; i++) {
                boolean along = nearest.row(i).neighbors().get(0).score() > 0.5;
                assertThat(nearest.row(i).neighbors().get(0).label() == i)
                        .as("the key nearest to axis " + i + " has label "
                                + nearest.row(i).neighbors().get(0).label())
                        .isEqualTo(along);
            }
        }
    }
}
