package io.github.afterimage.cuda;

import org.bytedeco.javacpp.Pointer;

/** An address that somebody else owns: JavaCPP neither counts nor frees it. */
final class DevicePointer extends Pointer {
    DevicePointer(long address) {
        this.address = address;
    }
}
