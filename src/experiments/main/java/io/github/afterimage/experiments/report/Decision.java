package io.github.afterimage.experiments.report;

import io.github.afterimage.CacheReader;
import io.github.afterimage.model.Classification;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The answers of a network and its memory for a picture, and the remembered pictures that decided.
 *
 * @param name what the picture is called, such as its file
 * @param picture a PNG or JPEG file; null where there is none
 * @param trueClass the class of its label
 * @param candidates the classes to show, the best first; not empty, and with each voice's favourite
 * @param neighbors the most similar keys, the most similar first
 * @param keys how many keys voted
 */
public record Decision(
        String name,
        byte @Nullable [] picture,
        String trueClass,
        List<Candidate> candidates,
        List<Neighbor> neighbors,
        long keys) {
    private static final int SHOWN = 3;

    /**
     * A class and its probabilities.
     *
     * @param network its probability according to the network alone; NaN if the memory answers alone
     * @param memory its probability according to the memory alone
     * @param together its probability according to both
     */
    public record Candidate(String name, double network, double memory, double together) {}

    /**
     * A remembered picture.
     *
     * @param picture a PNG or JPEG file; null where there is none
     * @param name what it is called; may be empty
     * @param className the class that it votes for
     * @param share its share of what the keys of its class say, 0..1
     */
    public record Neighbor(byte @Nullable [] picture, String name, String className, double share) {}

    /** Chooses the classes to show: the three best, each voice's favourite, and the true one. */
    public static List<Candidate> shown(Classification answer, String trueClass) {
        return shown(
                IntStream.range(0, answer.classes())
                        .mapToObj(answer::candidate)
                        .map(each -> new Candidate(each.name(), each.network(), each.memory(), each.probability()))
                        .toList(),
                trueClass);
    }

    /** Returns the most similar keys, with their thumbnails. */
    public static List<Neighbor> nearest(Classification answer, CacheReader index) {
        return answer.neighbors().stream()
                .map(key -> new Neighbor(
                        index.thumbnail(key.id()).orElse(null),
                        key.name().isEmpty() ? "key " + key.id() : key.name(),
                        answer.classNames().get(key.label()),
                        key.share()))
                .toList();
    }

    /** @param all the candidates of all classes, by label */
    static List<Candidate> shown(List<Candidate> all, String trueClass) {
        Comparator<Candidate> bestFirst =
                Comparator.comparingDouble(Candidate::together).reversed();
        Stream<Candidate> best = all.stream().sorted(bestFirst).limit(SHOWN);
        Stream<Candidate> named = all.stream().filter(each -> each.name().equals(trueClass));
        Stream<Candidate> preferred = Stream.of(favourite(all, Candidate::memory), favourite(all, Candidate::network))
                .limit(Double.isNaN(all.get(0).network()) ? 1 : 2);
        return Stream.of(best, preferred, named)
                .flatMap(each -> each)
                .distinct()
                .sorted(bestFirst)
                .toList();
    }

    /** The candidate to which a voice gives the greatest probability; the first of equals. */
    static Candidate favourite(List<Candidate> candidates, ToDoubleFunction<Candidate> voice) {
        return Collections.max(candidates, Comparator.comparingDouble(voice));
    }

    /** Whether the network has a part in the answer; otherwise the memory answers alone. */
    boolean hasNetwork() {
        return !Double.isNaN(candidates.get(0).network());
    }
}
