package io.github.afterimage.cli.options;

import picocli.CommandLine.Option;

/** Whether an index is verified when it is opened. */
public final class VerifyOption {
    @Option(
            names = "--no-verify",
            order = 75,
            description =
                    "Trust the index: when it is opened, do not compare every byte with its checksum nor check every key,"
                            + " and map the keys.")
    private boolean trusted;

    public boolean verify() {
        return !trusted;
    }
}
