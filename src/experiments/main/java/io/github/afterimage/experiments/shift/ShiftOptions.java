package io.github.afterimage.experiments.shift;

import io.github.afterimage.experiments.protocol.Protocol;
import java.util.List;
import java.util.Map;

/**
 * The images and corruptions that an experiment on changed images measures.
 *
 * @param strengths of each corruption, 1 to {@link Corruption#STRENGTHS}, ascending
 * @param received numbers of labelled images of each class that the memory receives, positive and ascending
 * @param reported the number of test images to report on; at most half of them
 * @param phase the number of images of each phase of the mixed stream; 0 for no such stream
 */
public record ShiftOptions(
        List<Corruption> corruptions,
        List<Integer> strengths,
        List<Integer> received,
        int reported,
        int phase,
        Protocol protocol) {
    /** Returns the number of labelled images of each class that are received in the end. */
    public int most() {
        return received.get(received.size() - 1);
    }

    /** Returns the strength in the middle, for what is measured at one strength only. */
    public int middle() {
        return strengths.get(strengths.size() / 2);
    }

    long seed() {
        return protocol.rule().seed();
    }

    /** Adds to the settings of a part all that features depend on. */
    void putFeatures(Map<String, Object> settings) {
        settings.put("recipe", protocol.recipe().text());
        protocol.putRule(settings);
    }
}
