import io.github.afterimage.Answer;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.OpenOptions;
import io.github.afterimage.Progress;
import io.github.afterimage.Query;
import io.github.afterimage.StoredIndex;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * Counts how often intervals of estimated answers hold, over many indexes of 20,000 keys that are drawn from one index of float32 keys:
 * {@code java -cp target/afterimage.jar tools/SketchCoverage.java INDEX THETA INDEXES}. Every second one has its keys in the order of
 * that index, by class for example. 1,000 other keys are its queries.
 */
class SketchCoverage {
    private static final int KEYS = 20_000;
    private static final int QUERIES = 1000;
    private static final double ROUNDING = 2e-5;

    private record Key(int number, float[] row, int label) {}

    public static void main(String[] arguments) throws Exception {
        if (arguments.length != 3) {
            System.err.println("usage: java -cp target/afterimage.jar tools/SketchCoverage.java INDEX THETA INDEXES");
            System.exit(2);
        }
        double theta = Double.parseDouble(arguments[1]);
        List<Key> all = new ArrayList<>();
        try (StoredIndex index = StoredIndex.open(Path.of(arguments[0]), true)) {
            index.forEachKey(Progress.NONE, (rows, ids, labels) -> {
                for (int label : labels) {
                    float[] row = new float[index.dim()];
                    rows.get(row);
                    all.add(new Key(all.size(), row, label));
                }
            });
        }
        if (all.size() < KEYS + QUERIES || all.get(0).row.length < 128) {
            System.err.printf(
                    "%s has %,d keys: expected at least %,d keys of 128 numbers or more%n",
                    arguments[0], all.size(), KEYS + QUERIES);
            System.exit(2);
        }
        long estimated = 0;
        long missed = 0;
        int below = 0;
        int indexes = Integer.parseInt(arguments[2]);
        for (int seed = 0; seed < indexes; seed++) {
            List<Key> drawn = new ArrayList<>(all);
            Collections.shuffle(drawn, new Random(seed));
            List<Key> keys = new ArrayList<>(drawn.subList(0, KEYS));
            if (seed % 2 == 0) {
                keys.sort((a, b) -> Integer.compare(a.number, b.number));
            }
            int[] counts = count(keys, drawn.subList(KEYS, KEYS + QUERIES), theta);
            estimated += counts[0];
            missed += counts[1];
            below += counts[1] > 0.01 * counts[0] ? 1 : 0;
        }
        System.out.printf("%d of %,d intervals missed; %d of %d indexes below 99 %%%n", missed, estimated, below, indexes);
    }

    /** Returns the number of estimated answers, and that of those whose interval does not hold. */
    private static int[] count(List<Key> keys, List<Key> queries, double theta) throws Exception {
        int dim = keys.get(0).row.length;
        int classes = 1 + keys.stream().mapToInt(Key::label).max().orElse(0);
        float[] rows = new float[keys.size() * dim];
        for (int i = 0; i < keys.size(); i++) {
            System.arraycopy(keys.get(i).row, 0, rows, i * dim, dim);
        }
        Path file = Files.createTempFile("keys", ".safetensors");
        try (CacheIndex index = new CacheIndexBuilder(dim, classes).build()) {
            index.add(rows, keys.stream().mapToInt(Key::label).toArray());
            index.save(file);
        }
        int[] counts = new int[2];
        try (CacheIndex index =
                CacheIndex.open(file, new OpenOptions().threads(1).sketch(128).audit(0))) {
            for (Key query : queries) {
                Answer.Row row = index.answer(Query.of(query.row).thetas(theta).tolerance(0.01)).row(0);
                float[] exact = index.query(query.row, theta).row(0).probabilities();
                double error = 0;
                for (int c = 0; c < classes; c++) {
                    error = Math.max(error, Math.abs(row.probability(c) - exact[c]));
                }
                counts[0] += row.halfWidth() > 0 ? 1 : 0;
                counts[1] += row.halfWidth() > 0 && error > row.halfWidth() + ROUNDING ? 1 : 0;
            }
        } finally {
            Files.delete(file);
        }
        return counts;
    }
}
