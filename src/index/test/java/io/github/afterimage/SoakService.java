package io.github.afterimage;

import io.github.afterimage.answer.Answer;
import io.github.afterimage.answer.Neighbor;
import io.github.afterimage.answer.Query;
import io.github.afterimage.failure.UnsavedChangeException;
import io.github.afterimage.file.FaultyDisk;
import io.github.afterimage.serving.BatchOptions;
import io.github.afterimage.serving.Batcher;
import io.github.afterimage.settings.Durability;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A service that is under load and checks itself, as a process of its own that {@link SoakTest} kills. One thread changes an
 * index with a log, one saves it, one replaces a second index by what is on the disk, four ask both through batchers. Every
 * answer is compared with the double-precision oracle on the keys of its version. Key number n, its row and its label, is
 * a function of n; its name is n.
 */
final class SoakService {
    /** A change that is visible is recorded within this time, even if the service is stopping. */
    private static final long RECORD_NANOS = 10_000_000_000L;

    /** Whether operations on the disk fail now and then. */
    private static final boolean FAULTS = Boolean.getBoolean("afterimage.soakFaults");

    static final int DIM = 16;
    static final int CLASSES = 4;
    private static final double THETA = 10;
    private static final int READERS = 4;
    private static final int MIN_KEYS = 100;
    private static final int MAX_KEYS = 700;

    private final Path file;
    private final long end;
    private final Random random;
    /** The numbers of the keys of each version. */
    private final ConcurrentSkipListMap<Long, Set<Integer>> versions = new ConcurrentSkipListMap<>();

    private volatile boolean stopped;
    private long answers;

    private SoakService(Path file, long seconds, long seed) {
        this.file = file;
        end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        random = new Random(seed);
    }

    static float[] row(int number) {
        Random row = new Random(number * 7919L + 1);
        float[] values = new float[DIM];
        for (int i = 0; i < DIM; i++) {
            values[i] = (float) row.nextGaussian();
        }
        return values;
    }

    static int label(int number) {
        return Math.floorMod(number * 31 + number / 7, CLASSES);
    }

    /** Arguments: the index, seconds, seed. Prints what it does, so that another process can tell what must be there. */
    public static void main(String[] arguments) throws Exception {
        Path file = Path.of(arguments[0]);
        openAndClose(file); // what the first use of the libraries keeps for good
        long files = openFiles();
        Set<String> threads = threads();
        new SoakService(file, Long.parseLong(arguments[1]), Long.parseLong(arguments[2])).run();
        awaitSame("files", files, SoakService::openFiles);
        awaitSame("threads", true, () -> threads.containsAll(threads()));
        awaitSame("native bytes", 0L, MemoryUse::bytes);
        say("finished");
    }

    private static void openAndClose(Path file) throws IOException {
        try (CacheIndex index = CacheIndex.open(file);
                Batcher batcher = new Batcher(CacheIndex.open(file), new BatchOptions())) {
            batcher.submit(Query.of(row(0)).thetas(THETA).neighbors(1)).join();
            index.query(row(0), THETA);
        }
    }

    private static long openFiles() {
        try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
            return files.count();
        } catch (IOException e) {
            return 0;
        }
    }

    private static Set<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("afterimage"))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private interface Measure<T> {
        T now();
    }

    private static <T> void awaitSame(String what, T expected, Measure<T> measure) throws InterruptedException {
        T now = measure.now();
        for (int i = 0; i < 100 && !now.equals(expected); i++) {
            Thread.sleep(50);
            now = measure.now();
        }
        if (!now.equals(expected)) {
            throw new AssertionError(what + " at the end: " + now + ", at the beginning: " + expected);
        }
    }

    private static synchronized void say(String line) {
        System.out.println(line);
        System.out.flush();
    }

    private void run() throws Exception {
        // With these, a kill takes no change that has returned.
        Durability durability = random.nextBoolean() ? Durability.everyChange() : Durability.never();
        OpenOptions options = new OpenOptions().threads(2).log(durability);
        if (FAULTS) {
            options.disk = new FaultyDisk(random.nextBoolean());
        }
        BatchOptions batches = new BatchOptions();
        ExecutorService threads = Executors.newFixedThreadPool(READERS + 3);
        try (CacheIndex index = opened(options);
                Batcher changing = new Batcher(index, batches);
                Batcher replaced = new Batcher(CacheIndex.open(file), batches)) {
            Set<Integer> first = numbers(index);
            say("state " + text(first));
            versions.put(index.nearest(row(0), 1).version(), first);
            List<Future<?>> running = new ArrayList<>();
            running.add(threads.submit(() -> guarded(() -> change(index))));
            running.add(threads.submit(() -> guarded(() -> save(index))));
            running.add(threads.submit(() -> guarded(() -> replace(replaced))));
            for (int reader = 0; reader < READERS; reader++) {
                Random own = new Random(random.nextLong());
                running.add(threads.submit(() -> guarded(() -> ask(changing, replaced, own))));
            }
            for (Future<?> task : running) {
                task.get();
            }
            say("answers " + answers);
        } catch (UnsavedChangeException e) {
            say("lost the last changes"); // closing says so
        } finally {
            threads.shutdownNow();
        }
    }

    private CacheIndex opened(OpenOptions options) throws IOException {
        while (true) {
            try {
                return CacheIndex.open(file, options);
            } catch (IOException e) {
                requireFault(e);
            }
        }
    }

    private static <E extends Exception> void requireFault(E failure) throws E {
        if (!FAULTS || !failure.getMessage().contains("No space left on device")) {
            throw failure;
        }
    }

    private interface Work {
        void run() throws Exception;
    }

    private Void guarded(Work work) throws Exception {
        try {
            while (!stopped && System.nanoTime() < end) {
                work.run();
            }
            return null;
        } finally {
            stopped = true;
        }
    }

    private static String text(Set<Integer> numbers) {
        return numbers.stream().map(String::valueOf).collect(Collectors.joining(","));
    }

    /** Reads the numbers of all keys, and checks that every key is the one that its number makes. */
    private static Set<Integer> numbers(CacheIndex index) {
        Set<Integer> numbers = new TreeSet<>();
        Answer all = index.nearest(row(0), Integer.MAX_VALUE);
        for (Neighbor key : all.row(0).neighbors()) {
            int number = Integer.parseInt(key.name());
            require(key.label() == label(number), "label of key " + number);
            double score = oracle(Set.of(number)).scores(unit(row(0))[0])[0];
            require(Math.abs(key.score() - score) < 2e-6, "row of key " + number);
            numbers.add(number);
        }
        return numbers;
    }

    private void change(CacheIndex index) throws InterruptedException {
        long version = versions.lastKey();
        Set<Integer> numbers = new TreeSet<>(versions.get(version));
        int next = numbers.stream().mapToInt(n -> n).max().orElse(0) + 1 + random.nextInt(3);
        if (numbers.size() > MAX_KEYS || numbers.size() > MIN_KEYS && random.nextInt(3) == 0) {
            List<Integer> gone =
                    numbers.stream().filter(n -> random.nextInt(8) == 0).toList();
            if (gone.isEmpty()) {
                return;
            }
            say("doing remove " + text(new TreeSet<>(gone)));
            long[] ids = ids(index, gone);
            if (!made(() -> require(index.remove(ids) == ids.length, "number of removed keys"))) {
                return;
            }
            gone.forEach(numbers::remove);
        } else {
            int[] added = IntStream.range(next, next + 1 + random.nextInt(30)).toArray();
            float[][] rows = Arrays.stream(added).mapToObj(SoakService::row).toArray(float[][]::new);
            List<String> names = Arrays.stream(added).mapToObj(String::valueOf).toList();
            int[] labels = Arrays.stream(added).map(SoakService::label).toArray();
            say("doing add " + names.get(0) + " " + added.length);
            if (!made(() -> index.add(KeyBatch.of(joined(rows), labels).names(names)))) {
                return;
            }
            Arrays.stream(added).forEach(numbers::add);
        }
        versions.put(version + 1, numbers);
        while (versions.size() > 2000) {
            versions.pollFirstEntry();
        }
        Thread.sleep(random.nextInt(4));
    }

    /** Makes a change; returns whether it is visible. */
    private static boolean made(Runnable change) throws InterruptedException {
        try {
            change.run();
            say("done");
            return true;
        } catch (UnsavedChangeException e) {
            requireFault(e);
            say("unsaved");
            return true;
        } catch (UncheckedIOException e) {
            requireFault(e);
            say("refused");
            Thread.sleep(1);
            return false;
        }
    }

    private static long[] ids(CacheIndex index, List<Integer> numbers) {
        Answer all = index.nearest(row(0), Integer.MAX_VALUE);
        return all.row(0).neighbors().stream()
                .filter(key -> numbers.contains(Integer.parseInt(key.name())))
                .mapToLong(Neighbor::id)
                .toArray();
    }

    private void save(CacheIndex index) throws Exception {
        say("saving");
        try {
            index.save(file);
            say("saved");
        } catch (IOException e) {
            requireFault(e);
        }
        say("rss " + residentKilobytes());
        Thread.sleep(200 + random.nextInt(400));
    }

    private static long residentKilobytes() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElse(0);
    }

    private void replace(Batcher batcher) throws Exception {
        batcher.replace(CacheIndex.open(file));
        say("swapped");
        Thread.sleep(100 + random.nextInt(100));
    }

    private void ask(Batcher changing, Batcher replaced, Random own) {
        int rows = own.nextInt(20) == 0 ? 300 : 1 + own.nextInt(4);
        float[] queries = joined(IntStream.range(0, rows)
                .mapToObj(i -> row(-1 - own.nextInt(1000)))
                .toArray(float[][]::new));
        if (own.nextInt(4) == 0) {
            // Nobody else changes that index: its own neighbours tell its keys.
            Answer answer = replaced.submit(Query.of(queries).thetas(THETA).neighbors(MAX_KEYS * 2))
                    .join();
            Set<Integer> numbers = answer.row(0).neighbors().stream()
                    .map(key -> Integer.parseInt(key.name()))
                    .collect(Collectors.toSet());
            require(numbers.size() == answer.keys(), "neighbours of an opened index");
            check(answer, queries, numbers);
        } else {
            Answer answer = changing.submit(Query.of(queries).thetas(THETA).neighbors(3))
                    .join();
            check(answer, queries, numbersOf(answer.version()));
        }
        synchronized (this) {
            answers++;
        }
    }

    /** The change records a version before it goes on to the next, but after readers may see it. */
    private Set<Integer> numbersOf(long version) {
        long end = System.nanoTime() + RECORD_NANOS;
        while (true) {
            Set<Integer> numbers = versions.get(version);
            if (numbers != null) {
                return numbers;
            }
            Map.Entry<Long, Set<Integer>> oldest = Objects.requireNonNull(versions.firstEntry());
            require(oldest.getKey() < version, "version " + version + " is older than " + oldest.getKey());
            require(System.nanoTime() < end, "version " + version + " was never recorded");
            Thread.yield();
        }
    }

    private static void check(Answer answer, float[] queries, Set<Integer> numbers) {
        require(answer.keys() == numbers.size(), answer.keys() + " keys of " + numbers.size());
        Oracle oracle = oracle(numbers);
        double[][] unit = unit(queries);
        for (int query = 0; query < answer.batch(); query++) {
            double[] expected = oracle.probabilities(unit[query], THETA);
            for (int c = 0; c < CLASSES; c++) {
                double error = Math.abs(answer.row(query).probability(c) - expected[c]);
                require(error < 2e-6, "p is off by " + error);
            }
            int nearest = Integer.parseInt(answer.row(query).neighbors().get(0).name());
            require(numbers.contains(nearest), "key " + nearest + " is not among those of version " + answer.version());
        }
    }

    private static Oracle oracle(Set<Integer> numbers) {
        int[] ordered = numbers.stream().mapToInt(n -> n).toArray();
        float[] rows = joined(Arrays.stream(ordered).mapToObj(SoakService::row).toArray(float[][]::new));
        return new Oracle(rows, Arrays.stream(ordered).map(SoakService::label).toArray(), DIM, CLASSES);
    }

    private static double[][] unit(float[] rows) {
        return Oracle.unit(rows, DIM);
    }

    static float[] joined(float[][] rows) {
        float[] joined = new float[rows.length * DIM];
        for (int row = 0; row < rows.length; row++) {
            System.arraycopy(rows[row], 0, joined, row * DIM, DIM);
        }
        return joined;
    }

    private static void require(boolean right, String what) {
        if (!right) {
            throw new AssertionError(what);
        }
    }
}
