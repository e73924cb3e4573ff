package io.github.afterimage.experiments.shift;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The result of an experiment on changed images.
 *
 * @param corruptions in the order of the shifts
 * @param reported the number of reported images
 * @param promised the coverage of the prediction sets of the clean memory
 * @param shifts the errors at each strength of each corruption
 * @param stream null if there is no mixed stream
 */
public record ShiftResult(
        List<Corruption> corruptions,
        CleanMemory.Tuned tuned,
        int reported,
        double promised,
        List<ShiftErrors> shifts,
        @Nullable StreamErrors stream) {
    /** Returns the errors at the strengths of one corruption. */
    public List<ShiftErrors> of(Corruption corruption) {
        return shifts.stream()
                .filter(each -> each.corruption().equals(corruption.name()))
                .toList();
    }

    /** Returns the mean error rate of a method over some shifts, 0..1. */
    public double error(List<ShiftErrors> some, String method) {
        return some.stream()
                        .mapToInt(each -> each.wrong(method).length)
                        .average()
                        .orElseThrow()
                / reported;
    }

    /** Returns the mean errors of a method over some shifts beside those of another one. */
    public Comparison compare(List<ShiftErrors> some, String method, String baseline) {
        return Comparison.of(
                reported,
                some.stream().map(each -> each.wrong(method)).toList(),
                some.stream().map(each -> each.wrong(baseline)).toList());
    }
}
