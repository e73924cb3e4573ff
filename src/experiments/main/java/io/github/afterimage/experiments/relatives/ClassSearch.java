package io.github.afterimage.experiments.relatives;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.answer.Answer;
import io.github.afterimage.answer.Neighbor;
import io.github.afterimage.answer.Query;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;

/** The pictures of one class, in which those that show the scene of another picture are found. Thread-safe; holds an index until closed. */
final class ClassSearch implements AutoCloseable {
    /** The pictures that are registered, those that look most alike. */
    private static final int CANDIDATES = 6;

    /** A picture that may show the scene of another one, or of its mirror image. */
    record Candidate(int number, boolean mirrored) {}

    /** The nearest windows of each window; several may be of one picture. */
    private static final int NEAREST = 24;

    private static final int BLOCK = 32;

    /** Two pictures of one scene agree so well. */
    private static final double AGREEMENT = 0.85;

    private final List<Miniature> pictures;
    private final EdgeMap[] edges;
    private final CacheIndex windows;

    ClassSearch(List<Miniature> pictures, int threads) {
        this.pictures = pictures;
        edges = pictures.parallelStream().map(EdgeMap::of).toArray(EdgeMap[]::new);
        windows = new CacheIndexBuilder(Windows.DIM, 1)
                .threads(threads)
                .expectedKeys((long) pictures.size() * Windows.COUNT)
                .build();
        pictures.forEach(picture -> windows.add(Windows.of(picture, false), new int[Windows.COUNT]));
    }

    /**
     * Returns for each picture those that look most alike, itself left out.
     *
     * @param done receives the number of pictures that were looked up since it was called before
     */
    List<List<Candidate>> candidates(List<Miniature> queries, IntConsumer done) {
        List<List<Candidate>> candidates = new ArrayList<>();
        for (int first = 0; first < queries.size(); first += BLOCK) {
            List<Miniature> block = queries.subList(first, Math.min(queries.size(), first + BLOCK));
            float[] rows = new float[block.size() * 2 * Windows.COUNT * Windows.DIM];
            for (int i = 0; i < 2 * block.size(); i++) {
                float[] described = Windows.of(block.get(i / 2), i % 2 == 1);
                System.arraycopy(described, 0, rows, i * described.length, described.length);
            }
            Answer answer = windows.answer(Query.of(rows).neighbors((int) Math.min(NEAREST, windows.size())));
            for (int i = 0; i < block.size(); i++) {
                candidates.add(nearest(block.get(i), answer, i * 2 * Windows.COUNT));
            }
            done.accept(block.size());
        }
        return candidates;
    }

    private List<Candidate> nearest(Miniature query, Answer answer, int first) {
        Map<Candidate, Float> best = new LinkedHashMap<>();
        for (int row = 0; row < 2 * Windows.COUNT; row++) {
            for (Neighbor window : answer.row(first + row).neighbors()) {
                int number = (int) (window.id() / Windows.COUNT);
                if (pictures.get(number) != query) {
                    best.merge(new Candidate(number, row >= Windows.COUNT), window.score(), Math::max);
                }
            }
        }
        return best.entrySet().stream()
                .sorted(Map.Entry.<Candidate, Float>comparingByValue().reversed())
                .limit(CANDIDATES)
                .map(Map.Entry::getKey)
                .toList();
    }

    /** Returns the numbers of those of the candidates that show the scene of a picture. */
    int[] matches(Miniature query, List<Candidate> candidates) {
        EdgeMap queried = EdgeMap.of(query);
        Registration plain = new Registration(queried, false);
        Registration mirrored = new Registration(queried, true);
        return candidates.stream()
                .filter(each -> (each.mirrored ? mirrored : plain).agreement(edges[each.number]) >= AGREEMENT)
                .mapToInt(Candidate::number)
                .toArray();
    }

    @Override
    public void close() {
        windows.close();
    }
}
