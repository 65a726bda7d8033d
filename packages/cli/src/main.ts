console.log("tributary");
