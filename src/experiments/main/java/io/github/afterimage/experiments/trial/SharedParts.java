package io.github.afterimage.experiments.trial;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Progress;
import io.github.afterimage.answer.Answer;
import io.github.afterimage.answer.Neighbor;
import io.github.afterimage.answer.Query;
import io.github.afterimage.experiments.relatives.CommonParts;
import io.github.afterimage.experiments.relatives.Miniature;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.model.evaluation.Prediction;
import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * How many of the test pictures that a memory corrects have a part in common with remembered pictures: a memory that knows a thing of
 * the test pictures, or a mark of a class, looks better than it is.
 *
 * @param compared the pictures
 * @param own those that have more parts in common with the nearest of their class than with as many of other classes
 * @param others those that have more in common with those of other classes
 * @param places of the first ones, those in each ninth of the picture, (3, 3) row-major
 */
record SharedParts(int compared, int own, int others, int[] places) {
    static final SharedParts NONE = new SharedParts(0, 0, 0, new int[9]);

    private static final List<String> PLACES = List.of(
            "upper left corner",
            "upper edge",
            "upper right corner",
            "left edge",
            "middle",
            "right edge",
            "lower left corner",
            "lower edge",
            "lower right corner");

    private static final int MOST = 200;
    private static final int NEAREST = 10;
    private static final int PICTURES = 3;

    /** From so many pictures, and so large a part of those that are corrected, a gain is doubted. */
    private static final int LEAST = 3;

    private static final double DOUBTFUL = 0.25;
    private static final double MOSTLY = 0.8;

    /** Compares pictures that the memory of a division corrects; none of features. */
    static SharedParts of(CacheIndex index, TrialExamples examples, List<Prediction> predictions) throws IOException {
        int[] rows = predictions.stream()
                .filter(TestDecisions::corrected)
                .limit(MOST)
                .mapToInt(Prediction::example)
                .toArray();
        if (rows.length == 0 || examples.pictures().isEmpty()) {
            return NONE;
        }
        int[] memory = examples.rows(sixth -> sixth < TrialExamples.TUNING);
        int[] test = examples.rows(sixth -> sixth == TrialExamples.TEST);
        List<SharedParts> found = new ArrayList<>();
        examples.test().select(rows).forEachBatch(MOST, Progress.NONE, batch -> {
            Answer answer = index.answer(Query.of(batch.features()).neighbors(NEAREST));
            IntStream.range(0, batch.labels().length)
                    .parallel()
                    .mapToObj(row -> of(
                            examples,
                            test[rows[batch.first() + row]],
                            memory,
                            answer.row(row).neighbors()))
                    .forEachOrdered(found::add);
        });
        return sum(found.stream());
    }

    private static SharedParts of(TrialExamples examples, int tested, int[] memory, List<Neighbor> nearest) {
        int label = examples.all().label(tested);
        List<Integer> near = nearest.stream().map(key -> memory[(int) key.id()]).toList();
        Stream<Integer> drawn = new SplittableRandom(tested)
                .ints(0, memory.length)
                .map(key -> memory[key])
                .boxed();
        Miniature picture = examples.pictures().get(tested);
        BitSet own = CommonParts.of(
                picture, pictures(examples, near.stream(), row -> examples.all().label(row) == label));
        BitSet other = CommonParts.of(
                picture,
                pictures(
                        examples,
                        Stream.concat(near.stream(), drawn),
                        row -> examples.all().label(row) != label));
        return of(own, other);
    }

    /** Compares the parts that a picture has in common with pictures of its class, and of other classes; those of both cancel out. */
    private static SharedParts of(BitSet own, BitSet other) {
        int more = own.cardinality() - other.cardinality();
        int[] places = new int[PLACES.size()];
        if (more > 0) {
            own.andNot(other);
            places[CommonParts.place(own)] = 1;
        }
        return new SharedParts(1, more > 0 ? 1 : 0, more < 0 ? 1 : 0, places);
    }

    private static List<Miniature> pictures(TrialExamples examples, Stream<Integer> rows, Predicate<Integer> chosen) {
        return rows.filter(chosen).limit(PICTURES).map(examples.pictures()::get).toList();
    }

    /** Returns the sums. */
    static SharedParts sum(Stream<SharedParts> parts) {
        return parts.reduce(
                NONE,
                (one, other) -> new SharedParts(
                        one.compared + other.compared,
                        one.own + other.own,
                        one.others + other.others,
                        IntStream.range(0, PLACES.size())
                                .map(place -> one.places[place] + other.places[place])
                                .toArray()));
    }

    /** Returns sentences that doubt a gain where many of the pictures share a part with those of their class; else nothing. */
    String doubt() {
        if (own - others < Math.max(LEAST, DOUBTFUL * compared)) {
            return "";
        }
        String place = IntStream.range(0, PLACES.size())
                .filter(i -> places[i] >= MOSTLY * own)
                .mapToObj(i -> ", mostly in the " + PLACES.get(i))
                .findFirst()
                .orElse("");
        return "Of " + Format.count(compared, "picture") + " that the memory corrects and that were compared, "
                + Format.count(own)
                + " have more small parts in common with remembered pictures of their class than with those"
                + " of other classes" + place + ", and " + Format.count(others)
                + " have fewer. Often one object is on several backgrounds, or a class has a mark, such as a"
                + " watermark: then the memory is worse on pictures without them. Name the pictures that share a part with --group;"
                + " '(.+)' says that new pictures have these parts too.";
    }
}
