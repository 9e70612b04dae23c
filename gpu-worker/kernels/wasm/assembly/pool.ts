/** A pooling of windows that are clipped at the edges of the image: what its jobs are told, whichever number of a window they take. */

@unmanaged
export class Pool {
  /** x, or dx. */
  large: usize;
  /** y, or dy. */
  small: usize;
  height: i32;
  width: i32;
  channels: i32;
  /** Of all images. */
  outRows: i32;
  outHeight: i32;
  outWidth: i32;
  kernelHeight: i32;
  kernelWidth: i32;
  strideHeight: i32;
  strideWidth: i32;
  top: i32;
  left: i32;
  /** Rows of an item: of y, or of dx. */
  bandRows: i32;
}
