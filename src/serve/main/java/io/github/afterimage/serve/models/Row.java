package io.github.afterimage.serve.models;

import io.github.afterimage.model.Classification;
import java.util.List;

/**
 * The answer for one row of a request.
 *
 * @param set the classes that have the true one with the coverage that was asked for, the most probable first; none without it
 * @param isRefused whether the answer is uncertain, and nobody is told its probabilities
 */
record Row(Classification answer, List<Integer> set, boolean isRefused) {
    static List<Row> of(List<Classification> answers) {
        return answers.stream().map(answer -> new Row(answer, List.of(), false)).toList();
    }
}
