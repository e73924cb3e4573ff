package io.github.afterimage.experiments.options;

import io.github.afterimage.OpenOptions;
import picocli.CommandLine.Mixin;

/** The way in which an index is opened to be queried. */
public class OpeningOptions extends EngineOptions {
    @Mixin
    private VerifyOption verification;

    public boolean verify() {
        return verification.verify();
    }

    /** Applies the options of the process, and returns those of an index. */
    public OpenOptions options() {
        apply();
        return new OpenOptions().engine(engine()).threads(threads()).verify(verification.verify());
    }
}
