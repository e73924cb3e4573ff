package io.github.afterimage.cli;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Progress;
import io.github.afterimage.model.data.FeatureSet;
import io.github.afterimage.model.evaluation.Examples;
import java.io.IOException;
import java.util.stream.IntStream;

/**
 * The measurements of {@code demo} with the network and the index in models/, in three acts.
 *
 * @param index as it was before the second act
 */
record Demo(CacheIndex index, DemoErrors errors, DemoStream stream, DemoEngines engines) {
    /**
     * @param index a snapshot of {@code learner}
     * @param test images that neither the network nor the index has seen
     * @param blurred the first of these images, blurred; become keys of {@code learner}
     */
    static Demo run(CacheIndex index, CacheIndex learner, FeatureSet test, FeatureSet blurred, Progress progress)
            throws IOException {
        if (blurred.size() >= test.size()) {
            throw new IllegalArgumentException(
                    blurred.name() + " has " + blurred.size() + " images: expected fewer than the " + test.size()
                            + " of " + test.name() + ", because the others stay clean");
        }
        Examples all = Examples.of(test);
        Examples others =
                all.select(IntStream.range((int) blurred.size(), all.size()).toArray());
        return new Demo(
                index,
                DemoErrors.measure(index, all, progress),
                DemoStream.measure(learner, Examples.of(blurred), others, progress),
                DemoEngines.measure(index, test));
    }
}
