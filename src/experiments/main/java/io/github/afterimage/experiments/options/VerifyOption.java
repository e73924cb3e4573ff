package io.github.afterimage.experiments.options;

import picocli.CommandLine.Option;

/** Turns off the verification of an index that is opened. */
public final class VerifyOption {
    @Option(
            names = "--no-verify",
            order = 75,
            description =
                    "Trust the index: open it without comparing bytes with their checksums and without checking keys, and map"
                            + " the keys instead of reading them.")
    private boolean trusted;

    public boolean verify() {
        return !trusted;
    }
}
