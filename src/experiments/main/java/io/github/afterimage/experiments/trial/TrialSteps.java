package io.github.afterimage.experiments.trial;

import com.fasterxml.jackson.jr.ob.JSON;
import io.github.afterimage.experiments.protocol.WorkFolder;
import io.github.afterimage.model.data.Fingerprint;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The steps of a trial, whose results are kept in its work folder. A step depends on the data, on every choice of the options and on the
 * results of all steps before it, so that no result is taken that another trial left.
 */
final class TrialSteps {
    private final WorkFolder work;
    private final Map<String, Object> before; // all that the next step depends on

    TrialSteps(WorkFolder work, Map<String, Object> before) {
        this.work = work;
        this.before = new LinkedHashMap<>(before);
    }

    /** Begins a trial of these data. */
    static TrialSteps of(TrialOptions options, TrialData data) throws IOException {
        TrialSteps steps = new TrialSteps(options.work(), Map.of());
        for (String part : data.parts()) {
            steps.given("data " + steps.before.size(), part + ", " + Fingerprint.of(part));
        }
        return steps.given("choices", options.choices());
    }

    /** Adds what is known from elsewhere and all later steps depend on: a text, a number or a list of these. */
    TrialSteps given(String name, Object value) {
        before.put(name, value);
        return this;
    }

    /** Returns the steps of a part of the trial, on which no others depend. */
    TrialSteps branch(String name, Object value) {
        return new TrialSteps(work, before).given(name, value);
    }

    /** Takes a step, or returns its result if it was taken before. */
    <T> T step(String name, Class<T> type, WorkFolder.Work<T> todo) throws IOException {
        T result = work.part(name, before, type, todo);
        given(name + " " + before.size(), JSON.std.asString(result).hashCode());
        return result;
    }

    /** Returns the file of what the next step makes besides its result. */
    Path file(String name, String ending) throws IOException {
        return work.file(name, before, ending);
    }

    /** Forgets the result of the next step. */
    void forget(String name) throws IOException {
        work.forget(name, before);
    }
}
