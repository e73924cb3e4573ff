package io.github.afterimage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.afterimage.platform.NativeLibrary;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A service under load that changes, saves, swaps, and is killed: its answers are right, no acknowledged change is lost, and
 * nothing grows. {@code -Dafterimage.soakSeconds=3600} makes it longer; with {@code -Dafterimage.soakFaults=true}, operations on the
 * disk fail now and then, and a change that may be lost says so. {@code tools/soak.sh} runs it alone.
 */
@Tag("long")
class SoakTest {
    private static final long SECONDS = Long.getLong("afterimage.soakSeconds", 4);
    private static final boolean FAULTS = Boolean.getBoolean("afterimage.soakFaults");
    private static final int FIRST_KEYS = 200;

    private final long seed = Long.getLong("afterimage.soakSeed", System.nanoTime());
    private final Random random = new Random(seed);

    @TempDir
    private Path folder;

    private Path file;
    /** The numbers of the keys that the service has acknowledged. */
    private final Set<Integer> acknowledged = new TreeSet<>();
    /** The change whose acknowledgement has not come, or empty. */
    private String pending = "";
    /** Changes that are visible, but not certainly on the disk, in their order. */
    private final List<String> unsaved = new ArrayList<>();
    /** How many of them the running save includes, or more. */
    private int saving;

    private final Map<String, Integer> counts = new TreeMap<>();

    private final List<long[]> memory = new ArrayList<>();
    private long answers;

    @BeforeEach
    void save() throws IOException {
        assumeTrue(NativeLibrary.available(), NativeLibrary.problem());
        System.out.println("SoakTest seed " + seed);
        file = folder.resolve("cache.safetensors");
        int[] numbers = IntStream.range(0, FIRST_KEYS).toArray();
        try (CacheIndex index = new CacheIndexBuilder(SoakService.DIM, SoakService.CLASSES).build()) {
            index.add(KeyBatch.of(
                            SoakService.joined(Arrays.stream(numbers)
                                    .mapToObj(SoakService::row)
                                    .toArray(float[][]::new)),
                            Arrays.stream(numbers).map(SoakService::label).toArray())
                    .names(Arrays.stream(numbers).mapToObj(String::valueOf).toList()));
            index.save(file);
        }
        Arrays.stream(numbers).forEach(acknowledged::add);
    }

    @Test
    void aServiceThatIsKilledAgainAndAgainLosesNothingThatItAcknowledged() throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS / 2);
        int kills = 0;
        while (System.nanoTime() < end) {
            serve(3600, 800 + random.nextInt(2500));
            kills++;
        }
        int exit = serve(1, 0);
        assertThat(exit).as("seed %d", seed).isZero();
        assertThat(StoredIndex.check(file)).isEmpty();
        try (CacheIndex index = CacheIndex.open(file)) {
            index.files().saveWhole(file, index.attributes()); // deletes what killed saves have left
        }
        assertNothingIsLeft();
        System.out.println(kills + " kills, " + acknowledged.size() + " keys at the end, nothing lost; " + counts);
    }

    @Test
    void aServiceThatRunsOnDoesNotGrow() throws Exception {
        assertThat(serve(SECONDS / 2, 0)).as("seed %d", seed).isZero();
        double slope = slope(memory.subList(memory.size() / 2, memory.size()));
        System.out.printf(
                "%d answers in %d s; resident memory grew by %.2f MB a minute in the second half; %s%n",
                answers, SECONDS / 2, slope, counts);
        if (SECONDS >= 600) {
            assertThat(slope).as("MB a minute").isLessThan(1);
        }
        assertNothingIsLeft();
    }

    private void assertNothingIsLeft() throws IOException {
        if (FAULTS) {
            return; // what could not be deleted stays until the next save
        }
        assertThat(StoredIndex.strayParts(file)).isEmpty();
        assertThat(FileNames.in(folder)).as("temporary files").noneMatch(name -> name.startsWith("."));
    }

    /**
     * Runs the service and follows its output.
     *
     * @param killAfter milliseconds after which it is killed; 0 to let it end by itself
     * @return its exit code
     */
    private int serve(long seconds, long killAfter) throws Exception {
        Process service = new ProcessBuilder(JavaCommand.of(
                        List.of("-Xmx128m", "-Xms128m", "-XX:+AlwaysPreTouch", "-Dafterimage.soakFaults=" + FAULTS),
                        SoakService.class,
                        file.toString(),
                        Long.toString(seconds),
                        Long.toString(random.nextLong())))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        ScheduledExecutorService killer = Executors.newSingleThreadScheduledExecutor();
        try (BufferedReader output = service.inputReader()) {
            long begin = System.nanoTime();
            String line;
            while ((line = output.readLine()) != null) {
                if (line.startsWith("state ") && killAfter > 0) {
                    killer.schedule(service.toHandle()::destroyForcibly, killAfter, TimeUnit.MILLISECONDS);
                }
                follow(line, System.nanoTime() - begin);
            }
            return service.waitFor();
        } finally {
            killer.shutdownNow();
            service.destroyForcibly();
        }
    }

    private void follow(String line, long nanos) {
        String[] words = line.split(" ");
        counts.merge(words[0], 1, Integer::sum);
        switch (words[0]) {
            case "state" -> {
                Set<Integer> found = numbers(words[1]);
                unsaved.add(pending); // it may have been complete when the kill came
                for (int made = 0; made < unsaved.size() && !found.equals(acknowledged); made++) {
                    make(unsaved.get(made)); // none without those before it
                }
                assertThat(found).as("keys after a restart, seed %d", seed).isEqualTo(acknowledged);
                unsaved.clear();
                saving = 0;
                pending = "";
            }
            case "doing" -> pending = line;
            case "done" -> {
                makeUnsaved(unsaved.size()); // a save has included them, or changes would be refused
                saving = 0;
                make(pending);
                pending = "";
            }
            case "unsaved" -> {
                unsaved.add(pending);
                pending = "";
            }
            case "refused" -> pending = "";
            case "saving" -> saving = unsaved.size();
            case "saved" -> makeUnsaved(Math.min(saving, unsaved.size()));
            case "rss" -> memory.add(new long[] {nanos, Long.parseLong(words[1])});
            case "answers" -> answers += Long.parseLong(words[1]);
            default -> {}
        }
    }

    private void makeUnsaved(int count) {
        List<String> saved = unsaved.subList(0, count);
        saved.forEach(this::make);
        saved.clear();
    }

    private void make(String change) {
        String[] words = change.split(" ");
        if (change.startsWith("doing add ")) {
            int first = Integer.parseInt(words[2]);
            IntStream.range(first, first + Integer.parseInt(words[3])).forEach(acknowledged::add);
        } else if (change.startsWith("doing remove ")) {
            acknowledged.removeAll(numbers(words[2]));
        }
    }

    private static Set<Integer> numbers(String text) {
        return Arrays.stream(text.split(",")).map(Integer::valueOf).collect(Collectors.toCollection(TreeSet::new));
    }

    /** Fits a line; returns MB a minute. */
    private static double slope(List<long[]> points) {
        double meanX = points.stream().mapToDouble(p -> p[0]).average().orElse(0);
        double meanY = points.stream().mapToDouble(p -> p[1]).average().orElse(0);
        double products = points.stream()
                .mapToDouble(p -> (p[0] - meanX) * (p[1] - meanY))
                .sum();
        double squares = points.stream()
                .mapToDouble(p -> (p[0] - meanX) * (p[0] - meanX))
                .sum();
        return products / Math.max(1, squares) * 60e9 / 1024;
    }
}
