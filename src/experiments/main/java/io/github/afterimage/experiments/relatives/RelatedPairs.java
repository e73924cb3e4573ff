package io.github.afterimage.experiments.relatives;

import io.github.afterimage.Progress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.IntConsumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Pairs of pictures of one class that show the same scene, such as a picture and its mirror image, or frames of one video. Finds
 * shifts, crops of three quarters of the side, small turns, other light, noise and other encodings, and mixtures of these; it
 * misses turns of 15 degrees and more, crops of 60 %, pieces that were cut out or in, and stretching.
 *
 * @param pairs the numbers of both pictures, one pair after the other
 * @param sampled the pictures that were compared with those of another class too
 * @param foreign those of them that match one there, as none should
 * @param order by how many standard errors pictures whose names follow each other, and that are no pairs, are more alike than others of
 *     their class; of named parts only those count that are in different parts
 */
public record RelatedPairs(int[] pairs, int sampled, int foreign, double order) {
    private static final int SAMPLE = 600;
    private static final int BLOCK = 64;

    /**
     * Compares each picture with those of its class that look most alike, with all processors.
     *
     * @param labels the class of each picture
     * @param names of the pictures
     * @param parts the part of each picture; relatives are looked for of pictures that are in no memory, part 0, or of all if all are in
     *     one part, which is to be divided
     * @param threads of the look-up of those that look alike
     */
    public static RelatedPairs of(
            List<Miniature> pictures, int[] labels, List<String> names, int[] parts, int threads, Progress progress) {
        boolean whole = Arrays.stream(parts).distinct().count() == 1;
        TreeMap<Integer, List<Integer>> classes = IntStream.range(0, labels.length)
                .filter(picture -> pictures.get(picture).isDetailed())
                .boxed()
                .collect(Collectors.groupingBy(picture -> labels[picture], TreeMap::new, Collectors.toList()));
        Steps steps = new Steps(progress, 2 * labels.length);
        List<Integer> pairs = new ArrayList<>();
        NameOrder order = new NameOrder();
        int sampled = 0;
        int foreign = 0;
        for (Map.Entry<Integer, List<Integer>> each : classes.entrySet()) {
            List<Integer> members = each.getValue();
            List<Miniature> own = members.stream().map(pictures::get).toList();
            try (ClassSearch search = new ClassSearch(own, threads)) {
                Groups groups = new Groups(members.size());
                int[] queries = IntStream.range(0, own.size())
                        .filter(i -> whole || parts[members.get(i)] > 0)
                        .toArray();
                int[][] matches =
                        matches(search, IntStream.of(queries).mapToObj(own::get).toList(), steps);
                for (int i = 0; i < matches.length; i++) {
                    for (int match : matches[i]) {
                        groups.join(queries[i], match);
                        pairs.add(members.get(queries[i]));
                        pairs.add(members.get(match));
                    }
                }
                order.add(
                        own,
                        members.stream().map(names::get).toList(),
                        (one, other) -> groups.first(one) != groups.first(other)
                                && (whole || parts[members.get(one)] != parts[members.get(other)]));
                List<Miniature> others = strangers(classes, each.getKey(), labels.length).stream()
                        .map(pictures::get)
                        .toList();
                sampled += others.size();
                for (int[] found : matches(search, others, steps)) {
                    foreign += found.length > 0 ? 1 : 0;
                }
            }
        }
        progress.report(steps.total, steps.total);
        return new RelatedPairs(pairs.stream().mapToInt(i -> i).toArray(), sampled, foreign, order.z());
    }

    /** Returns the groups of so many pictures, of which each pair is in one. */
    public Groups groups(int size) {
        Groups groups = new Groups(size);
        for (int i = 0; i < pairs.length; i += 2) {
            groups.join(pairs[i], pairs[i + 1]);
        }
        return groups;
    }

    /** Returns some pictures of the class before, evenly spaced; none if there is one class. */
    private static List<Integer> strangers(TreeMap<Integer, List<Integer>> classes, int label, int size) {
        Map.Entry<Integer, List<Integer>> before = classes.lowerEntry(label);
        List<Integer> all = (before == null ? Objects.requireNonNull(classes.lastEntry()) : before).getValue();
        if (classes.size() == 1) {
            return List.of();
        }
        int count = (int) Math.min(all.size(), Math.max(1, (long) SAMPLE * all.size() / size));
        return IntStream.range(0, count)
                .mapToObj(i -> all.get((int) ((long) i * all.size() / count)))
                .toList();
    }

    private static int[][] matches(ClassSearch search, List<Miniature> queries, Steps steps) {
        List<List<ClassSearch.Candidate>> candidates = search.candidates(queries, steps);
        int[][] matches = new int[queries.size()][];
        for (int first = 0; first < matches.length; first += BLOCK) {
            int end = Math.min(matches.length, first + BLOCK);
            IntStream.range(first, end)
                    .parallel()
                    .forEach(i -> matches[i] = search.matches(queries.get(i), candidates.get(i)));
            steps.accept(end - first);
        }
        return matches;
    }

    /** Counts steps, of which a few more may be taken than announced. */
    private static final class Steps implements IntConsumer {
        private final Progress progress;
        private final int total;
        private int done;

        Steps(Progress progress, int total) {
            this.progress = progress;
            this.total = total;
        }

        @Override
        public void accept(int more) {
            done = Math.min(total, done + more);
            progress.report(done, total);
        }
    }
}
